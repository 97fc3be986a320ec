import { parseQuantity, type Quantity, qosClassOf } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import { allContainers, type Container, specOf } from '../observed-pod.ts';
import { MissingConfigError } from './config-sources.ts';

/** What the downward API knows beyond the pod's own object. */
export interface DownwardContext {
  readonly hostIp: string;
  readonly podIp: string;
  /** `cpu`, `memory`, … of the node: stands in for limits that a container does not set. */
  readonly allocatable: Readonly<Record<string, string>>;
}

const KEYED = /^metadata\.(labels|annotations)\['([^']+)'\]$/;

/**
 * The value of a field of a pod. EnvVarSource.fieldRef: "supports metadata.name, metadata.namespace,
 * `metadata.labels['<KEY>']`, `metadata.annotations['<KEY>']`, spec.nodeName, spec.serviceAccountName, status.hostIP,
 * status.podIP, status.podIPs". Volumes also take all labels and annotations at once, one `key="value"` a line. A field
 * that is not on the list is refused.
 */
export function fieldValue(pod: Pod, path: string, context: DownwardContext): string {
  const keyed = KEYED.exec(path);
  if (keyed !== null) {
    const map = keyed[1] === 'labels' ? pod.metadata.labels : pod.metadata.annotations;
    return map?.[keyed[2] ?? ''] ?? '';
  }
  const spec = specOf(pod);
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace ?? 'default';
    case 'metadata.uid':
      return pod.metadata.uid;
    case 'metadata.labels':
      return formatMap(pod.metadata.labels);
    case 'metadata.annotations':
      return formatMap(pod.metadata.annotations);
    case 'spec.nodeName':
      return spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? 'default';
    case 'status.hostIP':
    case 'status.hostIPs':
      return context.hostIp;
    case 'status.podIP':
    case 'status.podIPs':
      return context.podIp;
    case 'status.qosClass':
      return qosClassOf(spec);
    default:
      throw new MissingConfigError(`unsupported fieldPath: ${path}`);
  }
}

/** `fieldpath.FormatMap`: sorted keys, values quoted as Go quotes them. */
function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

export interface ResourceFieldRef {
  readonly containerName?: string;
  readonly divisor?: string | number;
  readonly resource: string;
}

/**
 * ResourceFieldSelector: "limits and requests for cpu, memory and ephemeral-storage"; the value is divided by `divisor`
 * (default 1) and rounded up. "If limits are not specified, the node's allocatable is used." A resource or container
 * that is not there is refused.
 */
export function resourceFieldValue(
  pod: Pod,
  container: Container | undefined,
  ref: ResourceFieldRef,
  context: DownwardContext,
): string {
  const target =
    ref.containerName === undefined || ref.containerName === ''
      ? container
      : allContainers(pod).find(({ name }) => name === ref.containerName);
  const match = /^(limits|requests)\.(.+)$/.exec(ref.resource);
  if (match === null || target === undefined) throw unsupportedResource(ref);
  const resource = match[2] ?? '';
  const amount = amountOf(target, match[1] === 'limits', resource, context);
  if (amount === undefined) throw unsupportedResource(ref);
  const divisor = ref.divisor === undefined ? undefined : parseQuantity(ref.divisor);
  return String(divideUp(amount, divisor === undefined || divisor.nano === 0n ? parseQuantity('1') : divisor));
}

function unsupportedResource({ resource }: ResourceFieldRef): MissingConfigError {
  return new MissingConfigError(`unsupported container resource: ${resource}`);
}

function amountOf(
  container: Container,
  isLimit: boolean,
  resource: string,
  context: DownwardContext,
): Quantity | undefined {
  const limit = container.resources?.limits?.[resource];
  if (!isLimit) return parseQuantity(container.resources?.requests?.[resource] ?? limit ?? '0');
  const amount = limit ?? context.allocatable[resource];
  return amount === undefined ? undefined : parseQuantity(amount);
}

function divideUp(amount: Quantity, divisor: Quantity): bigint {
  return (amount.nano + divisor.nano - 1n) / divisor.nano;
}
