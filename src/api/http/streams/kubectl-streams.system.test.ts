import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTool } from '../../../../test/charts/find-tool.ts';
import { pod } from '../../testing.ts';
import { useTestApi } from '../test-api.ts';

const t = useTestApi();

/** kubectl speaks WebSockets where it may, and SPDY as all versions before 1.31 do. */
interface Protocol {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
}

const PROTOCOLS: readonly Protocol[] = [
  { name: 'WebSockets', environment: {} },
  {
    name: 'SPDY',
    environment: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' },
  },
];

describe.each(PROTOCOLS)('kubectl over $name', ({ environment }: Protocol) => {
  const children: ChildProcess[] = [];
  let baseArguments: string[] = [];
  let program = '';

  beforeEach(async () => {
    program = await findTool('kubectl');
    const port = await t.server.listenOnLoopback(0);
    baseArguments = ['--server', `http://127.0.0.1:${port}`, '--cache-dir', join(t.folder, 'cache')];
    const created = t.client.create(pod('p', { containers: [{ name: 'app', image: 'x', stdin: true }] }));
    t.client.updateStatus({ ...created, status: { phase: 'Running' } });
  });

  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  function start(words: readonly string[]) {
    const env = { PATH: process.env['PATH'], HOME: t.folder, KUBECONFIG: '/dev/null', ...environment };
    const child = spawn(program, [...baseArguments, ...words], { env });
    children.push(child);
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (output.stdout += chunk));
    child.stderr.on('data', (chunk) => (output.stderr += chunk));
    return { child, output };
  }

  async function run(words: readonly string[], input: string) {
    const { child, output } = start(words);
    child.stdin.end(input);
    const [code] = await once(child, 'close');
    return { code, ...output };
  }

  it('runs commands, with their input and their exit codes', async () => {
    expect(await run(['exec', '-i', 'p', '--', 'cat'], 'hello\n')).toMatchObject({
      code: 0,
      stdout: 'hello\n',
      stderr: 'done',
    });
    expect(await run(['exec', 'p', '--', 'exit', '3'], '')).toMatchObject({ code: 3 });
    const large = 'x'.repeat(300_000);
    expect((await run(['exec', '-i', 'p', '--', 'cat'], large)).stdout).toBe(large);
  });

  it('attaches to a process', async () => {
    const { code, stdout, stderr } = await run(['attach', '-i', 'p'], 'hello\n');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'hello\n' });
    expect(stderr).toContain('ready;');
  });

  describe('and a port that is forwarded', () => {
    let listener: Server;
    let listenerPort = 0;

    beforeEach(async () => {
      listener = createServer({ allowHalfOpen: true }, (socket) => {
        socket.on('error', () => {});
        socket.pipe(socket);
      });
      listener.listen(0, '127.0.0.1');
      await once(listener, 'listening');
      listenerPort = (listener.address() as AddressInfo).port;
    });

    afterEach(() => listener.close());

    /** The port of this machine that leads to a port of the pod. */
    async function forward(port: number) {
      const { child, output } = start(['port-forward', 'pod/p', `:${port}`]);
      for (;;) {
        const found = /127\.0\.0\.1:(\d+) ->/.exec(output.stdout)?.[1];
        if (found !== undefined) return { local: Number(found), output, child };
        await once(child.stdout, 'data');
      }
    }

    async function echo(port: number, text: string): Promise<string> {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.end(text);
      let answer = '';
      for await (const chunk of socket) answer += chunk;
      return answer;
    }

    it('carries connections both ways, several at a time', async () => {
      const { local } = await forward(listenerPort);
      const texts = ['one', 'two', 'x'.repeat(500_000)];
      expect(await Promise.all(texts.map((text) => echo(local, text)))).toEqual(texts);
    });

    it('lets go of the pod when the client is gone', async () => {
      const seen: string[] = [];
      // Goes on talking after the other side has ended, and so learns when nobody is there any more.
      const talker = createServer({ allowHalfOpen: true }, (inside) => {
        const talking = setInterval(() => inside.write('x'), 20);
        inside.on('error', () => {}).resume();
        inside.on('end', () => seen.push('end'));
        inside.on('close', () => {
          clearInterval(talking);
          seen.push('close');
        });
      });
      talker.listen(0, '127.0.0.1');
      await once(talker, 'listening');
      const { local, child } = await forward((talker.address() as AddressInfo).port);
      const socket = connect({ port: local, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => {}).resume();
      socket.end('half');
      await expect.poll(() => seen, { timeout: 5_000 }).toEqual(['end']);
      child.kill('SIGKILL');
      await expect.poll(() => seen, { timeout: 5_000 }).toEqual(['end', 'close']);
      talker.close();
    });

    it('says so where nobody listens', async () => {
      listener.close();
      const { local, output } = await forward(listenerPort);
      await echo(local, 'hello').catch(() => '');
      await expect.poll(() => output.stderr, { timeout: 5_000 }).toContain('connection refused');
    });
  });
});
