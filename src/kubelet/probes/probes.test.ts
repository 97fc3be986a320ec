import { describe, expect, test } from 'vitest';
import type { HttpProbeReply } from '../../host/probe-sockets.ts';
import { SeededRandom } from '../../lib/random.ts';
import { VirtualClock } from '../../lib/virtual-clock.ts';
import { createSimEngine } from '../../runtime/index.ts';
import { httpUrl, requestHeaders } from './http-get.ts';
import { initialDelayLeftMs } from './probe-manager.ts';
import { advanceProbe, NEW_PROBE_STATE } from './probe-state.ts';
import { runProbe } from './run-probe.ts';
import { StallMeter } from './stall-meter.ts';

describe('verdicts', () => {
  test.each([
    ['s', 1, 3, true],
    ['f', 1, 3, undefined],
    ['fff', 1, 3, false],
    ['ffsff', 1, 3, true],
    ['sfff', 1, 3, false],
    ['sffsff', 1, 3, true],
    ['fffs', 1, 3, true],
    ['fffs', 2, 3, false],
    ['fffss', 2, 3, true],
    ['f', 1, 1, false],
  ])('%s with thresholds %i and %i: %s', (results, successThreshold, failureThreshold, verdict) => {
    let state = NEW_PROBE_STATE;
    for (const result of results) {
      state = advanceProbe(state, { successThreshold, failureThreshold }, result === 's');
    }
    expect(state.verdict).toBe(verdict);
  });
});

describe('http', () => {
  const container = { name: 'app', ports: [{ name: 'web', containerPort: 8080 }] };
  const target = { container, containerId: 'c', podIp: '10.0.0.5' };

  test.each([
    [{ port: 80 }, 'http://10.0.0.5:80/'],
    [{ port: '80' }, 'http://10.0.0.5:80/'],
    [{ port: 'web', path: 'ok?x=1' }, 'http://10.0.0.5:8080/ok?x=1'],
    [{ port: 'web', scheme: 'HTTPS' as const, host: 'a.test', path: '/x' }, 'https://a.test:8080/x'],
    [{ port: 'none' }, undefined],
  ])('the URL of %j is %s', (action, url) => {
    expect(httpUrl(action, target)).toBe(url);
  });

  test('a pod without an address fails, and the box itself is not asked in its place', async () => {
    const clock = new VirtualClock();
    const asked = () => {
      throw new Error('nobody is asked');
    };
    const sockets = { httpGet: asked, tcpConnect: asked };
    const runtime = createSimEngine({ clock, random: new SeededRandom(1) }).connect('uid');
    for (const probe of [{ httpGet: { port: 80 } }, { tcpSocket: { port: 80 } }]) {
      const result = await runProbe({ runtime, sockets, clock }, probe, { ...target, podIp: '' });
      expect(result).toMatchObject({ outcome: 'failure', output: 'the pod has no address' });
    }
  });

  test.each([
    [[], ['User-Agent: kube-probe/1.32', 'Accept: */*']],
    [[{ name: 'X-A', value: '1' }], ['User-Agent: kube-probe/1.32', 'Accept: */*', 'X-A: 1']],
    [[{ name: 'accept', value: 'text/html' }], ['User-Agent: kube-probe/1.32', 'accept: text/html']],
    [[{ name: 'Accept', value: '' }], ['User-Agent: kube-probe/1.32']],
    [[{ name: 'User-Agent', value: 'me' }], ['Accept: */*', 'User-Agent: me']],
    [[{ name: 'User-Agent', value: '' }], ['Accept: */*']],
  ])('the headers of a probe with %j', (httpHeaders, expected) => {
    const headers = requestHeaders({ port: 80, httpHeaders }, 'probe');
    expect(headers.map(({ name, value }) => `${name}: ${value}`)).toEqual(expected);
  });

  const ok: HttpProbeReply = { type: 'response', statusCode: 204, body: '' };
  const redirect = (location: string): HttpProbeReply => ({ type: 'response', statusCode: 302, location, body: '' });
  test.each<[string, readonly HttpProbeReply[], string, number]>([
    ['204', [ok], 'success', 1],
    ['399', [{ type: 'response', statusCode: 399, body: '' }], 'success', 1],
    ['404', [{ type: 'response', statusCode: 404, body: '' }], 'failure', 1],
    ['199', [{ type: 'response', statusCode: 199, body: '' }], 'failure', 1],
    ['a redirect to the same host', [redirect('/next'), ok], 'success', 2],
    ['a redirect to a failure', [redirect('/next'), { type: 'response', statusCode: 500, body: '' }], 'failure', 2],
    ['a redirect elsewhere', [redirect('http://other.test/')], 'success', 1],
    ['a redirect loop', Array.from({ length: 20 }, () => redirect('/')), 'failure', 10],
    ['no connection', [{ type: 'error', message: 'connect: connection refused', timedOut: false }], 'failure', 1],
  ])('%s is a %s', async (_what, replies, outcome, calls) => {
    const clock = new VirtualClock();
    let asked = 0;
    const sockets = {
      httpGet: async () => replies[asked++] ?? ok,
      tcpConnect: async () => ({ type: 'connected' as const }),
    };
    const runtime = createSimEngine({ clock, random: new SeededRandom(1) }).connect('c');
    const result = await runProbe({ runtime, sockets, clock }, { httpGet: { port: 80 } }, target);
    expect([result.outcome, asked]).toEqual([outcome, calls]);
  });
});

describe('the initial delay', () => {
  test.each([
    ['begins with the container', 10, 0, 10_000],
    ['is over after its time', 10, 10_000, 0],
    ['is none where none is asked for', 0, 0, 0],
    ['is what is left of it', 10, 4_000, 6_000],
  ])('%s', (_what, initialDelaySeconds, sinceStartMs, left) => {
    expect(initialDelayLeftMs({ initialDelaySeconds }, 5_000_000, 5_000_000 + sinceStartMs)).toBe(left);
  });
});

describe('a stall of the process', () => {
  test.each([
    [0, false],
    [60, false],
    [400, true],
  ])('of %i ms during a wait is noticed: %s', (stallMs, noticed) => {
    const clock = new VirtualClock();
    const end = new StallMeter(clock).begin();
    for (let i = 0; i < 5; i++) clock.fireNext();
    clock.moveTo(clock.monotonicMs() + stallMs);
    clock.fireNext();
    expect(end()).toBe(noticed);
    expect(clock.nextDueMs()).toBeUndefined();
  });
});
