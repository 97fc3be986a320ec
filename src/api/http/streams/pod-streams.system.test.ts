import { beforeEach, describe, expect, it } from 'vitest';
import { pod } from '../../testing.ts';
import { PODS, take, useTestApi } from '../test-api.ts';

const t = useTestApi();

describe('pods', () => {
  beforeEach(() => {
    t.client.create(pod('p'));
    t.client.create(
      pod('two', {
        initContainers: [{ name: 'first', image: 'x' }],
        containers: [
          { name: 'a', image: 'x' },
          { name: 'b', image: 'y' },
        ],
      }),
    );
  });

  it('show their logs with what was asked for', async () => {
    const query = { tailLines: 2, timestamps: true, previous: true, sinceSeconds: 10 };
    let text = '';
    for await (const chunk of t.api.bytes({ path: `${PODS}/p/log`, query })) text += Buffer.from(chunk).toString();
    expect(text).toBe('one\ntwo\n');
    expect(t.logCalls).toMatchObject([{ follow: false, tailLines: 2, timestamps: true, previous: true }]);
  });

  it('follow a log until the client goes', async () => {
    let text = '';
    for await (const chunk of t.api.bytes({ path: `${PODS}/p/log`, query: { follow: true } })) {
      text += Buffer.from(chunk).toString();
      if (text.includes('two')) break;
    }
    expect(text).toBe('one\ntwo\n');
  });

  it.each([
    [{}, 'a container name must be specified for pod two, choose one of: [first a b]'],
    [{ container: 'c' }, 'container c is not valid for pod two'],
    [
      { container: 'a', tailLines: '-1' },
      'tailLines: Invalid value: "-1": must be a whole number that is not negative',
    ],
  ])('refuse a log of %j', async (query, message) => {
    expect((await t.refused({ path: `${PODS}/two/log`, query })).message).toBe(message);
  });

  it.each([
    [['exit', '0'], 0],
    [['exit', '3'], 3],
  ])('run %j', async (command, exitCode) => {
    const onOutput = () => {};
    expect(await t.api.exec({ path: `${PODS}/p/exec`, query: { command, stdout: true } }, { onOutput })).toBe(exitCode);
  });

  it('pipe input and sizes through exec', async () => {
    const output: Record<string, string> = { stdout: '', stderr: '' };
    async function* stdin() {
      yield Buffer.from('hello ');
      await new Promise((resolve) => setTimeout(resolve, 20));
      yield Buffer.from('world');
    }
    async function* terminalSizes() {
      yield { columns: 80, rows: 24 };
    }
    const exitCode = await t.api.exec(
      { path: `${PODS}/p/exec`, query: { command: ['cat'], stdin: true, stdout: true, stderr: true } },
      {
        onOutput: (stream, chunk) => {
          output[stream] += Buffer.from(chunk).toString();
        },
        stdin: stdin(),
        terminalSizes: terminalSizes(),
      },
    );
    expect(exitCode).toBe(0);
    expect(output).toEqual({ stdout: '80x24;hello world', stderr: 'done' });
  });

  it('end with the server', async () => {
    const request = { path: `${PODS}/p/exec`, query: { command: ['wait'], stdout: true } };
    const running = t.api.exec(request, { onOutput: () => {} });
    const following = take(t.api.lines({ path: `${PODS}/p/log`, query: { follow: true } }), 9);
    const failures = Promise.allSettled([running, following]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const startMs = performance.now();
    await t.server.close();
    expect(performance.now() - startMs).toBeLessThan(900);
    expect((await failures)[0]).toMatchObject({ status: 'rejected', reason: { code: 'ApiUnreachable' } });
  });

  it('refuse an exec that cannot be', async () => {
    const streams = { onOutput: () => {} };
    await expect(t.api.exec({ path: `${PODS}/nope/exec`, query: { command: ['x'] } }, streams)).rejects.toMatchObject({
      reason: 'NotFound',
    });
    await expect(t.api.exec({ path: `${PODS}/p/exec` }, streams)).rejects.toMatchObject({ reason: 'BadRequest' });
    await expect(t.api.exec({ path: `${PODS}/p/log`, query: { command: ['x'] } }, streams)).rejects.toMatchObject({
      reason: 'NotFound',
    });
  });

  it('are bound and evicted', async () => {
    await t.api.request({
      method: 'POST',
      path: `${PODS}/p/binding`,
      body: { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p' }, target: { kind: 'Node', name: 'n1' } },
    });
    expect(t.client.get('Pod', { namespace: 'default', name: 'p' })?.spec?.nodeName).toBe('n1');
    await t.api.request({
      method: 'POST',
      path: `${PODS}/p/eviction`,
      body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } },
    });
    expect(t.client.get('Pod', { namespace: 'default', name: 'p' })?.metadata.deletionGracePeriodSeconds).toBe(30);
  });
});
