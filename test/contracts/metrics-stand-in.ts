import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface StandInAnswer {
  readonly status?: number;
  readonly body: string;
}

/** Answers a path (with its query); `undefined`: 404. May take its time. */
export type StandInRule = (path: string) => StandInAnswer | undefined | Promise<StandInAnswer | undefined>;

/** A metrics adapter on loopback, as a program of its own would be one: it answers what its rule says. */
export interface MetricsStandIn {
  readonly url: string;
  readonly port: number;
  /** Paths that were asked for, in order. */
  readonly paths: string[];
  /** The credentials that came along. */
  readonly tokens: (string | undefined)[];
  rule: StandInRule;
  close(): Promise<void>;
}

export async function startMetricsStandIn(
  rule: StandInRule,
  tls?: { readonly cert: string; readonly key: string },
): Promise<MetricsStandIn> {
  const paths: string[] = [];
  const tokens: (string | undefined)[] = [];
  const onRequest = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '';
    paths.push(path);
    tokens.push(request.headers.authorization);
    const { status = 200, body } = (await standIn.rule(path)) ?? { status: 404, body: '404 page not found' };
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };
  const server = tls === undefined ? createServer(onRequest) : createTlsServer(tls, onRequest);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const standIn: MetricsStandIn = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    paths,
    tokens,
    rule,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return standIn;
}

/** The discovery of a server of custom metrics. */
export function metricsGroup(...versions: readonly string[]): StandInAnswer {
  const name = 'custom.metrics.k8s.io';
  const listed = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return answerOf({ kind: 'APIGroup', apiVersion: 'v1', name, versions: listed, preferredVersion: listed[0] });
}

/** `MetricValueList` of custom.metrics.k8s.io/v1beta2. */
export function metricValues(
  metric: string,
  values: Readonly<Record<string, string>>,
  extra: Readonly<Record<string, unknown>> = {},
): StandInAnswer {
  const items = Object.entries(values).map(([name, value]) => ({
    describedObject: { kind: 'Pod', namespace: 'default', name, apiVersion: '/v1' },
    metric: { name: metric, selector: null },
    timestamp: '2026-01-01T00:00:00Z',
    value,
    ...extra,
  }));
  return answerOf({ kind: 'MetricValueList', apiVersion: 'custom.metrics.k8s.io/v1beta2', metadata: {}, items });
}

/** `ExternalMetricValueList` of external.metrics.k8s.io/v1beta1. */
export function externalValues(metricName: string, values: readonly string[]): StandInAnswer {
  const items = values.map((value) => ({ metricName, metricLabels: {}, timestamp: '2026-01-01T00:00:00Z', value }));
  const list = { kind: 'ExternalMetricValueList', apiVersion: 'external.metrics.k8s.io/v1beta1', metadata: {}, items };
  return answerOf(list);
}

export function answerOf(body: unknown, status = 200): StandInAnswer {
  return { status, body: JSON.stringify(body) };
}
