import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type CustomMetrics, PENDING } from '../../src/api/metrics.ts';
import { createTestRegistry, service } from '../../src/api/testing.ts';
import { type AdapterLinks, AdapterMetrics } from '../../src/controllers/index.ts';
import { HttpMetricsAdapter, type HttpMetricsAdapterOptions } from '../../src/host/linux/http-metrics-adapter.ts';
import { linuxClock } from '../../src/host/linux/linux-clock.ts';
import type { MetricsAdapter } from '../../src/host/metrics-adapter.ts';
import { LIMITS } from '../../src/lib/limits.ts';
import { makeCertificate } from './make-certificate.ts';
import {
  answerOf,
  externalValues,
  type MetricsStandIn,
  metricsGroup,
  metricValues,
  type StandInRule,
  startMetricsStandIn,
} from './metrics-stand-in.ts';

/** What is asked of an adapter over a real connection, and what is made of its answers. */
const NO_OPENSSL = spawnSync('openssl', ['version']).status !== 0;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const POD = '10.88.0.2';
const CUSTOM = '/apis/custom.metrics.k8s.io';
const QUERY = { namespace: 'shop', metric: 'hits', selector: '', podSelector: 'app=web' };

async function standIn(rule: StandInRule, tls?: { readonly cert: string; readonly key: string }) {
  const started = await startMetricsStandIn(rule, tls);
  cleanups.push(() => started.close());
  return started;
}

function adapter(options: Partial<HttpMetricsAdapterOptions> = {}): HttpMetricsAdapter {
  const made = new HttpMetricsAdapter({ userAgent: 'berth/test', ...options });
  cleanups.push(() => made.close());
  return made;
}

function metricsOf(links: AdapterLinks): CustomMetrics {
  const { client, registry } = createTestRegistry({ clock: linuxClock });
  cleanups.push(() => registry.close());
  return new AdapterMetrics({ client, clock: linuxClock, links });
}

function at({ url }: MetricsStandIn, options: Partial<HttpMetricsAdapterOptions> = {}) {
  return { adapter: adapter(options), target: { type: 'url', url } as const };
}

/** The pods' network of a test: what is asked of the pod is asked of this machine. */
function throughPodNetwork(real: MetricsAdapter): MetricsAdapter {
  return {
    get: (request) => real.get({ ...request, baseUrl: request.baseUrl.replace(POD, '127.0.0.1') }),
    close: () => real.close(),
  };
}

/** Asks until there is an answer that came after now. */
async function answered<T>(question: (ask: { sinceMs: number; onAnswer: () => void }) => T | typeof PENDING) {
  const sinceMs = linuxClock.monotonicMs();
  for (let round = 0; round < 3; round++) {
    let tell: () => void = () => {};
    const told = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const found = question({ sinceMs, onAnswer: tell });
    if (found !== PENDING) return found;
    await told;
  }
  throw new Error('there is no answer though it came');
}

describe('custom metrics', () => {
  it('of pods are asked for by their selector, in the newest version that both know', async () => {
    const server = await standIn((path) =>
      path === CUSTOM ? metricsGroup('v1beta1', 'v1beta2') : metricValues('hits', { a: '1500m', b: '2k' }),
    );
    const metrics = metricsOf({ custom: at(server) });
    const found = await answered((ask) => metrics.podsMetric({ ...QUERY, selector: 'verb=GET' }, ask));
    expect(found).toEqual(
      new Map([
        ['a', { name: 'a', milliValue: 1500, timestampMs: Date.UTC(2026, 0), windowMs: 60_000 }],
        ['b', { name: 'b', milliValue: 2_000_000, timestampMs: Date.UTC(2026, 0), windowMs: 60_000 }],
      ]),
    );
    expect(server.paths).toEqual([
      CUSTOM,
      `${CUSTOM}/v1beta2/namespaces/shop/pods/*/hits?labelSelector=app%3Dweb&metricLabelSelector=verb%3DGET`,
    ]);
    // The version is known by now.
    await answered((ask) => metrics.podsMetric(QUERY, ask));
    expect(server.paths.length).toBe(3);
  });

  it('come from an older adapter, too, whose window is called otherwise', async () => {
    const server = await standIn((path) =>
      path === CUSTOM ? metricsGroup('v1beta1') : metricValues('hits', { a: '1' }, { window: 30 }),
    );
    const metrics = metricsOf({ custom: at(server) });
    const found = await answered((ask) => metrics.podsMetric(QUERY, ask));
    expect(found).toMatchObject(new Map([['a', { milliValue: 1000, windowMs: 30_000 }]]));
    expect(server.paths[1]).toBe(`${CUSTOM}/v1beta1/namespaces/shop/pods/*/hits?labelSelector=app%3Dweb`);
  });

  it.each([
    [{ apiVersion: 'v1', kind: 'Service', name: 'web' }, 'services/web/hits'],
    [{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'main' }, 'ingresses.networking.k8s.io/main/hits'],
    [{ apiVersion: 'v1', kind: 'Namespace', name: 'other' }, 'metrics/hits'],
  ])('of an object are asked for at its place: %o', async (object, place) => {
    const server = await standIn((path) =>
      path === CUSTOM ? metricsGroup('v1beta2') : metricValues('hits', { web: '7' }, { windowSeconds: 0 }),
    );
    const metrics = metricsOf({ custom: at(server) });
    const { namespace, metric, selector } = QUERY;
    const found = await answered((ask) => metrics.objectMetric({ namespace, metric, selector, object }, ask));
    expect(found).toMatchObject({ milliValue: 7000, windowMs: 0 });
    expect(server.paths[1]).toBe(`${CUSTOM}/v1beta2/namespaces/shop/${place}`);
  });

  const status = (code: number, message: string) => answerOf({ kind: 'Status', status: 'Failure', message }, code);
  it.each<[string, StandInRule, string]>([
    ['a refusal in the server’s words', () => status(403, 'hits is forbidden'), 'hits is forbidden'],
    ['a plain 404', () => undefined, 'the server could not find the requested resource'],
    ['a 503', () => ({ status: 503, body: '' }), 'the server is currently unable to handle the request'],
    [
      'another error',
      () => ({ status: 500, body: 'secret' }),
      'an error on the server (status 500) has prevented the request from succeeding',
    ],
    ['no JSON', () => ({ body: '<html>' }), 'the answer is no JSON'],
    ['another shape', () => answerOf({ items: {} }), 'the answer is no list of metrics'],
    ['no quantity', () => metricValues('hits', { a: 'many' }), 'items[0].value is no quantity'],
    ['too much', () => ({ body: ' '.repeat(5 * 1024 * 1024) }), 'the answer is longer than 4194304 bytes'],
    [
      'a redirect',
      () => ({ status: 307, body: '' }),
      'an error on the server (status 307) has prevented the request from succeeding',
    ],
  ])('say what is wrong: %s', async (_what, rule, why) => {
    const server = await standIn((path) => (path === CUSTOM ? metricsGroup('v1beta2') : rule(path)));
    const metrics = metricsOf({ custom: at(server) });
    const found = await answered((ask) => metrics.podsMetric(QUERY, ask));
    expect(found).toEqual({ failure: `unable to fetch metrics from custom metrics API: ${why}` });
  });

  it('say that an adapter does not serve them, or that there is none', async () => {
    const server = await standIn(() => metricsGroup('v2'));
    const none =
      'unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered';
    for (const links of [{ custom: at(server) }, {}]) {
      const metrics = metricsOf(links);
      expect(await answered((ask) => metrics.podsMetric(QUERY, ask))).toEqual({ failure: none });
    }
  });

  it('that are more or fewer than one are none of an object', async () => {
    const server = await standIn((path) => (path === CUSTOM ? metricsGroup('v1beta2') : metricValues('hits', {})));
    const metrics = metricsOf({ custom: at(server) });
    const object = { apiVersion: 'v1', kind: 'Service', name: 'web' };
    expect(await answered((ask) => metrics.objectMetric({ ...QUERY, object }, ask))).toEqual({
      failure:
        'unable to fetch metrics from custom metrics API: the custom metrics API server returned 0 results when we asked for exactly one',
    });
  });
});

describe('external metrics', () => {
  it('are asked for by name and labels, and all series come', async () => {
    const server = await standIn(() => externalValues('queue', ['3', '4500m']));
    const metrics = metricsOf({ external: at(server) });
    const query = { namespace: 'shop', metric: 'queue', selector: 'name in (a,b)' };
    expect(await answered((ask) => metrics.externalMetric(query, ask))).toMatchObject([
      { milliValue: 3000 },
      { milliValue: 4500 },
    ]);
    expect(server.paths).toEqual([
      '/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/queue?labelSelector=name+in+%28a%2Cb%29',
    ]);
  });

  it('that take long hold up no custom ones, and are asked for four at a time', async () => {
    const held: (() => void)[] = [];
    let hasFour: () => void = () => {};
    const four = new Promise<void>((resolve) => {
      hasFour = resolve;
    });
    const slow = await standIn(async () => {
      await new Promise<void>((release) => {
        if (held.push(release) === LIMITS.parallelMetricQuestions) hasFour();
      });
      return externalValues('queue', ['1']);
    });
    const quick = await standIn((path) =>
      path === CUSTOM ? metricsGroup('v1beta2') : metricValues('hits', { a: '1' }),
    );
    const metrics = metricsOf({ custom: at(quick), external: at(slow) });
    const asked = Array.from({ length: 2 * LIMITS.parallelMetricQuestions }, (_, index) =>
      answered((ask) => metrics.externalMetric({ namespace: 'shop', metric: `m${index}`, selector: '' }, ask)),
    );
    await four;
    expect(await answered((ask) => metrics.podsMetric(QUERY, ask))).toBeInstanceOf(Map);
    expect(slow.paths.length).toBe(LIMITS.parallelMetricQuestions);
    slow.rule = () => externalValues('queue', ['1']);
    for (const release of held) release();
    for (const one of await Promise.all(asked)) expect(one).toMatchObject([{ milliValue: 1000 }]);
    expect(slow.paths.length).toBe(2 * LIMITS.parallelMetricQuestions);
  });

  it('that take too long fail', async () => {
    const never = await standIn(() => new Promise(() => {}));
    const metrics = metricsOf({ external: at(never, { answerMs: 100 }) });
    const query = { namespace: 'shop', metric: 'queue', selector: '' };
    expect(await answered((ask) => metrics.externalMetric(query, ask))).toEqual({
      failure: 'unable to fetch metrics from external metrics API: no answer within 0.1 s',
    });
  });

  it('are asked for once by several who want them at one time, and anew by whoever comes later', async () => {
    const server = await standIn(() => externalValues('queue', ['1']));
    const metrics = metricsOf({ external: at(server) });
    const query = { namespace: 'shop', metric: 'queue', selector: '' };
    await Promise.all([1, 2, 3].map(() => answered((ask) => metrics.externalMetric(query, ask))));
    expect(server.paths.length).toBe(1);
    await answered((ask) => metrics.externalMetric(query, ask));
    expect(server.paths.length).toBe(2);
  });

  it('fail with the reason where nobody listens', async () => {
    const server = await standIn(() => undefined);
    await server.close();
    const metrics = metricsOf({ external: at(server) });
    const found = await answered((ask) => metrics.externalMetric({ ...QUERY }, ask));
    expect(found).toEqual({ failure: expect.stringContaining('connect ECONNREFUSED') });
  });
});

describe.skipIf(NO_OPENSSL)(`an adapter behind TLS${NO_OPENSSL ? ' (skipped: openssl is not installed)' : ''}`, () => {
  async function secured(names: readonly string[]) {
    const folder = await mkdtemp(join(tmpdir(), 'berth-metrics-'));
    cleanups.push(() => rm(folder, { recursive: true, force: true }));
    const caFile = join(folder, 'ca.pem');
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, 't0ken\n');
    const server = await standIn(() => externalValues('queue', ['1']), await makeCertificate(folder, caFile, names));
    return { server, caFile, tokenFile };
  }
  const QUEUE = { namespace: 'shop', metric: 'queue', selector: '' };

  it('is trusted by its own authority, and gets the token', async () => {
    const { server, caFile, tokenFile } = await secured(['IP:127.0.0.1']);
    const metrics = metricsOf({ external: at(server, { caFile, tokenFile }) });
    expect(await answered((ask) => metrics.externalMetric(QUEUE, ask))).toMatchObject([{ milliValue: 1000 }]);
    // A token that was changed is the next one to be sent.
    await writeFile(tokenFile, 'r0tated\n');
    await answered((ask) => metrics.externalMetric(QUEUE, ask));
    expect(server.tokens).toEqual(['Bearer t0ken', 'Bearer r0tated']);
  });

  it('is refused without it, unless that is asked for', async () => {
    const { server, tokenFile } = await secured(['IP:127.0.0.1']);
    const strict = metricsOf({ external: at(server, { tokenFile }) });
    expect(await answered((ask) => strict.externalMetric(QUEUE, ask))).toEqual({
      failure: expect.stringContaining('self-signed certificate'),
    });
    expect(server.tokens).toEqual([]);
    const lax = metricsOf({ external: at(server, { insecureSkipTlsVerify: true }) });
    expect(await answered((ask) => lax.externalMetric(QUEUE, ask))).toMatchObject([{ milliValue: 1000 }]);
  });

  it('is found behind its Service by a pod that is ready, under the Service’s name', async () => {
    const { server, caFile } = await secured(['DNS:adapter.monitoring.svc']);
    const { client, registry } = createTestRegistry({ clock: linuxClock });
    cleanups.push(() => registry.close());
    client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'monitoring' } });
    const target = { type: 'service', namespace: 'monitoring', name: 'adapter', port: 443, scheme: 'https' } as const;
    const metrics = new AdapterMetrics({
      client,
      clock: linuxClock,
      links: { external: { adapter: throughPodNetwork(adapter({ caFile })), target } },
    });
    const ask = () => answered((asked) => metrics.externalMetric(QUEUE, asked));
    const fails = (why: string) => ({ failure: `unable to fetch metrics from external metrics API: ${why}` });
    expect(await ask()).toEqual(fails('service "adapter" not found'));
    const made = service('adapter', { ports: [{ name: 'https', port: 443, targetPort: 6443 }] });
    client.create({ ...made, metadata: { name: 'adapter', namespace: 'monitoring' } });
    expect(await ask()).toEqual(fails('no endpoints available for service "adapter"'));
    const slice = (name: string, address: string, { ready = true, addressType = 'IPv4' } = {}) =>
      client.create({
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name, namespace: 'monitoring', labels: { 'kubernetes.io/service-name': 'adapter' } },
        addressType,
        ports: [{ name: 'https', port: server.port, protocol: 'TCP' }],
        endpoints: [{ addresses: [address], conditions: { ready } }],
      });
    slice('not-ready', '10.88.0.9', { ready: false });
    slice('named', 'localhost.localdomain', { addressType: 'FQDN' });
    // Who can push a slice must not have the box ask itself, or whoever hands out credentials of the cloud.
    for (const address of ['127.0.0.1', '169.254.169.254'])
      expect(() => slice('special', address)).toThrow('may not be in the');
    expect(await ask()).toEqual(fails('no endpoints available for service "adapter"'));
    slice('ready', POD);
    expect(await ask()).toMatchObject([{ milliValue: 1000 }]);
  });
});
