import type { IIoK8sApiCoreV1HTTPGetAction } from 'kubernetes-models/v1/HTTPGetAction';
import type { HttpProbeReply, HttpProbeRequest, ProbeSockets } from '../../host/probe-sockets.ts';
import type { Clock } from '../../lib/clock.ts';
import { LIMITS } from '../../lib/limits.ts';
import { KUBERNETES_VERSION } from '../../objects/kubernetes-version.ts';
import type { Container } from '../observed-pod.ts';

export interface ProbeTarget {
  readonly container: Container;
  readonly containerId: string;
  readonly podIp: string;
}

export const NO_ADDRESS = 'the pod has no address';
const MAX_REQUESTS = 10;

/**
 * Whether there is somebody to ask: a pod whose sandbox has died has no address, and an empty one would be the box
 * itself.
 */
export function hasAddress(host: string | undefined, { podIp }: ProbeTarget): boolean {
  return nonEmpty(host) !== undefined || podIp !== '';
}

/**
 * "Number or name of the port to access on the container. Number must be in the range 1 to 65535. Name must be an
 * IANA_SVC_NAME."
 */
export function resolvePort(port: string | number, container: Container): number | undefined {
  const asNumber = Number(port);
  if (Number.isInteger(asNumber) && asNumber > 0) return asNumber;
  return (container.ports ?? []).find(({ name }) => name === port)?.containerPort;
}

/** The address that an HTTP probe or hook asks. */
export function httpUrl(action: IIoK8sApiCoreV1HTTPGetAction, target: ProbeTarget): string | undefined {
  const port = resolvePort(action.port, target.container);
  if (port === undefined) return undefined;
  const host = nonEmpty(action.host) ?? target.podIp;
  const path = action.path ?? '/';
  const bracketed = host.includes(':') ? `[${host}]` : host;
  return `${(action.scheme ?? 'HTTP').toLowerCase()}://${bracketed}:${port}${path.startsWith('/') ? path : `/${path}`}`;
}

/**
 * The headers of a probe or a lifecycle hook. Its own come on top of `User-Agent` and `Accept`; "Accept header was
 * overridden but is empty. removing" (newProbeRequest), and an empty `User-Agent` is not sent either (net/http).
 */
export function requestHeaders(
  { httpHeaders = [] }: IIoK8sApiCoreV1HTTPGetAction,
  purpose: 'probe' | 'lifecycle',
): HttpProbeRequest['headers'] {
  const { major, minor } = KUBERNETES_VERSION;
  const defaults = [
    { name: 'User-Agent', value: `kube-${purpose}/${major}.${minor}` },
    { name: 'Accept', value: '*/*' },
  ];
  const isNamed = (name: string) => httpHeaders.some((header) => header.name.toLowerCase() === name.toLowerCase());
  const isLeftOut = ({ name, value }: { readonly name: string; readonly value: string }) =>
    value === '' && defaults.some((one) => one.name.toLowerCase() === name.toLowerCase());
  return [...defaults.filter(({ name }) => !isNamed(name)), ...httpHeaders.filter((header) => !isLeftOut(header))];
}

/**
 * One GET, with redirects followed to the same host only; of one that leads elsewhere the answer is the redirect itself
 * (probes documentation: "if the redirect hostname differs … the kubelet treats it as success"). Never rejects, and
 * ends after `timeoutMs` at the latest.
 */
export async function getFollowing(
  { sockets, clock }: { readonly sockets: ProbeSockets; readonly clock: Clock },
  { url: first, headers, timeoutMs }: Omit<HttpProbeRequest, 'maxBodyBytes'>,
): Promise<HttpProbeReply> {
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  let url = first;
  for (let sent = 0; sent < MAX_REQUESTS; sent++) {
    const remainingMs = Math.max(1, deadlineMs - clock.monotonicMs());
    const request = { url, headers, timeoutMs: remainingMs, maxBodyBytes: LIMITS.probeOutputBytes };
    const reply = await sockets.httpGet(request);
    if (reply.type === 'error') return reply;
    const { statusCode, location } = reply;
    const next = statusCode >= 300 && statusCode < 400 && location !== undefined ? follow(url, location) : undefined;
    if (next === undefined) return reply;
    url = next;
  }
  return { type: 'error', message: `stopped after ${MAX_REQUESTS} redirects`, timedOut: false };
}

function follow(url: string, location: string): string | undefined {
  const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
  return next?.hostname === new URL(url).hostname && /^https?:$/.test(next.protocol) ? next.href : undefined;
}

export function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
