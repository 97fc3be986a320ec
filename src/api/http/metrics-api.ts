import { formatTime } from '../../lib/clock.ts';
import type { Node, Pod } from '../../objects/types.ts';
import { ApiError } from '../api-error.ts';
import type { NodeAgentMetrics, NodeMetrics, PodMetrics, ResourceMetrics } from '../metrics.ts';
import type { Exchange } from './exchange.ts';
import { decodeSegment } from './request-target.ts';

/**
 * `metrics.k8s.io/v1beta1`, as metrics-server serves it for `kubectl top`: read from what the node agent measures, and
 * stored nowhere. The first question begins the measuring, so that figures are there with the next one, some ten
 * seconds later.
 */
export const METRICS_GROUP = {
  name: 'metrics.k8s.io',
  versions: [{ groupVersion: 'metrics.k8s.io/v1beta1', version: 'v1beta1' }],
  preferredVersion: { groupVersion: 'metrics.k8s.io/v1beta1', version: 'v1beta1' },
} as const;

const API_VERSION = 'metrics.k8s.io/v1beta1';
const VERBS = ['get', 'list'];

/** One entry of an `APIGroupDiscoveryList`. */
export const METRICS_DISCOVERY = {
  metadata: { name: METRICS_GROUP.name, creationTimestamp: null },
  versions: [
    {
      version: 'v1beta1',
      freshness: 'Current',
      resources: [
        {
          resource: 'nodes',
          responseKind: { group: METRICS_GROUP.name, version: 'v1beta1', kind: 'NodeMetrics' },
          scope: 'Cluster',
          singularResource: '',
          verbs: VERBS,
        },
        {
          resource: 'pods',
          responseKind: { group: METRICS_GROUP.name, version: 'v1beta1', kind: 'PodMetrics' },
          scope: 'Namespaced',
          singularResource: '',
          verbs: VERBS,
        },
      ],
    },
  ],
};

/** Whether a path belongs to this group. */
export function isMetricsPath(path: string): boolean {
  return path === '/apis/metrics.k8s.io' || path.startsWith('/apis/metrics.k8s.io/');
}

/** The answer to a request of this group; throws a `NotFound` for what it does not have. */
export function metricsAnswer(exchange: Exchange, metrics: NodeAgentMetrics): object {
  if (exchange.method !== 'GET') throw new ApiError('MethodNotAllowed', 'metrics are only read');
  const parts = exchange.path.split('/').slice(3).map(decodeSegment);
  if (parts.includes(undefined)) throw notThere();
  const [version, ...below] = parts;
  if (version === undefined || version === '') return { kind: 'APIGroup', apiVersion: 'v1', ...METRICS_GROUP };
  if (version !== 'v1beta1') throw notThere();
  const [first, namespace, resource, name] = below;
  if (first === undefined) return resourceList();
  metrics.request();
  if (first === 'nodes' && below.length <= 2) return nodesAnswer(exchange, metrics, namespace);
  if (first === 'pods' && namespace === undefined) return listOf(exchange, metrics, undefined);
  if (first !== 'namespaces' || namespace === undefined || resource !== 'pods' || below.length > 4) throw notThere();
  return name === undefined ? listOf(exchange, metrics, namespace) : oneOf(exchange, metrics, { namespace, name });
}

function notThere(): ApiError {
  return new ApiError('NotFound', 'the server could not find the requested resource');
}

function resourceList(): object {
  const pods = { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: VERBS };
  const nodes = { name: 'nodes', singularName: '', namespaced: false, kind: 'NodeMetrics', verbs: VERBS };
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: API_VERSION, resources: [nodes, pods] };
}

/** All nodes that are measured, or one of them. */
function nodesAnswer({ client, query }: Exchange, metrics: NodeAgentMetrics, name: string | undefined): object {
  if (name !== undefined) {
    const node = client.get('Node', { name });
    const measured = node && metrics.nodeMetrics(name);
    if (node === undefined || measured === undefined) {
      throw new ApiError('NotFound', `nodemetrics.metrics.k8s.io "${name}" not found`);
    }
    return { kind: 'NodeMetrics', apiVersion: API_VERSION, ...nodeMetricsOf(node, measured) };
  }
  const items = client.list('Node', { labelSelector: query.get('labelSelector') ?? '' }).flatMap((node) => {
    const measured = metrics.nodeMetrics(node.metadata.name);
    return measured === undefined ? [] : [nodeMetricsOf(node, measured)];
  });
  return { kind: 'NodeMetricsList', apiVersion: API_VERSION, metadata: {}, items };
}

function nodeMetricsOf({ metadata }: Node, { timestampMs, windowMs, ...use }: NodeMetrics): object {
  const { name, labels, creationTimestamp } = metadata;
  return {
    metadata: { name, labels, creationTimestamp },
    timestamp: formatTime(timestampMs),
    window: `${Math.round(windowMs / 1000)}s`,
    usage: usageOf(use),
  };
}

function usageOf({ milliCpu, memoryBytes }: { readonly milliCpu: number; readonly memoryBytes: number }): object {
  return { cpu: `${milliCpu}m`, memory: `${Math.round(memoryBytes / 1024)}Ki` };
}

function listOf({ client, query }: Exchange, metrics: ResourceMetrics, namespace: string | undefined): object {
  const labelSelector = query.get('labelSelector') ?? '';
  const pods = client.list('Pod', { ...(namespace === undefined ? {} : { namespace }), labelSelector });
  const items = pods.flatMap((pod) => {
    const measured = metrics.podMetrics(pod.metadata.uid);
    return measured === undefined ? [] : [metricsOf(pod, measured)];
  });
  return { kind: 'PodMetricsList', apiVersion: API_VERSION, metadata: {}, items };
}

function oneOf(
  { client }: Exchange,
  metrics: ResourceMetrics,
  name: { readonly namespace: string; readonly name: string },
): object {
  const pod = client.get('Pod', name);
  const measured = pod && metrics.podMetrics(pod.metadata.uid);
  if (pod === undefined || measured === undefined) {
    throw new ApiError('NotFound', `podmetrics.metrics.k8s.io "${name.namespace}/${name.name}" not found`);
  }
  return { kind: 'PodMetrics', apiVersion: API_VERSION, ...metricsOf(pod, measured) };
}

function metricsOf({ metadata }: Pod, { timestampMs, windowMs, containers }: PodMetrics): object {
  const { name, namespace, labels, creationTimestamp } = metadata;
  return {
    metadata: { name, namespace, labels, creationTimestamp },
    timestamp: formatTime(timestampMs),
    window: `${Math.round(windowMs / 1000)}s`,
    containers: containers.map((container) => ({
      name: container.name,
      usage: usageOf(container),
    })),
  };
}
