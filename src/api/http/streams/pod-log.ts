import { parseTime } from '../../../lib/clock.ts';
import { drained } from '../../../lib/drained.ts';
import type { Pod } from '../../../objects/types.ts';
import { badRequest, notFound } from '../../failures.ts';
import type { ContainerReference, PodLogOptions } from '../../pod-streams.ts';
import { type Exchange, isFlagSet, type RequestScope } from '../exchange.ts';
import type { ResourceTarget } from '../resources.ts';

const DEFAULT_CONTAINER_ANNOTATION = 'kubectl.kubernetes.io/default-container';

/**
 * Streams the log of a container as text. What is shown was written by the container, not by the store: it waits for
 * nothing.
 */
export async function handleLog(exchange: Exchange, target: ResourceTarget): Promise<void> {
  const { query, response, server } = exchange;
  const container = containerOf(exchange, target, query.get('container'));
  const stream = await server.podStreams.logs(container, logOptionsOf(exchange));
  const close = () => stream.close();
  exchange.signal.addEventListener('abort', close, { once: true });
  try {
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-cache, private' });
    response.flushHeaders();
    for await (const chunk of stream.chunks) {
      if (exchange.signal.aborted) return;
      if (!response.write(chunk)) await drained(response);
    }
    response.end();
  } finally {
    exchange.signal.removeEventListener('abort', close);
    stream.close();
  }
}

/** The container that is meant: the named one, else the default by annotation, else the only one. */
export function containerOf(exchange: RequestScope, target: ResourceTarget, name: string | null): ContainerReference {
  const { namespace = 'default', name: podName } = target;
  const pod = exchange.client.get('Pod', { namespace, name: podName });
  if (pod === undefined) throw notFound(target.kind, podName);
  const names = containerNames(pod);
  const annotated = pod.metadata.annotations?.[DEFAULT_CONTAINER_ANNOTATION];
  const [first, ...others] = (pod.spec?.containers ?? []).map((container) => container.name);
  const chosen = name || (annotated && names.includes(annotated) ? annotated : others.length === 0 ? first : undefined);
  if (chosen === undefined) {
    throw badRequest(`a container name must be specified for pod ${podName}, choose one of: [${names.join(' ')}]`);
  }
  if (!names.includes(chosen)) throw badRequest(`container ${chosen} is not valid for pod ${podName}`);
  return { namespace, pod: podName, podUid: pod.metadata.uid, container: chosen };
}

function containerNames(pod: Pod): string[] {
  const { containers = [], initContainers = [] } = pod.spec ?? {};
  return [...initContainers, ...containers].map((container) => container.name);
}

function logOptionsOf(exchange: Exchange): PodLogOptions {
  const { query, server } = exchange;
  const tailLines = wholeNumber(query, 'tailLines');
  const limitBytes = wholeNumber(query, 'limitBytes');
  const sinceSeconds = wholeNumber(query, 'sinceSeconds');
  const sinceTime = parseTime(query.get('sinceTime') ?? undefined);
  const sinceMs = sinceSeconds === undefined ? sinceTime : server.registry.clock.wallMs() - sinceSeconds * 1000;
  return {
    follow: isFlagSet(query, 'follow'),
    timestamps: isFlagSet(query, 'timestamps'),
    previous: isFlagSet(query, 'previous'),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
  };
}

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw badRequest(`${name}: Invalid value: "${text}": must be a whole number that is not negative`);
  return Number(text);
}
