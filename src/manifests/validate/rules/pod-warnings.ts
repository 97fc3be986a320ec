import { formatFieldPath } from '../../../objects/field-problem.ts';
import type { Cursor } from '../cursor.ts';

/** "Labels of nodes that are deprecated" (node warnings, deprecatedNodeLabels). */
const DEPRECATED_LABELS: ReadonlyMap<string, string> = new Map([
  ['beta.kubernetes.io/arch', 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ['beta.kubernetes.io/os', 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  ['failure-domain.beta.kubernetes.io/region', 'deprecated since v1.17; use "topology.kubernetes.io/region" instead'],
  ['failure-domain.beta.kubernetes.io/zone', 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'],
  ['beta.kubernetes.io/instance-type', 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'],
]);
const SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const DEPRECATED_ANNOTATIONS: readonly (readonly [key: string, message: string])[] = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
];
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/**
 * What is allowed and seldom meant, in a pod or a template (GetWarningsForPodTemplate). What is the same twice in one
 * list is an error here, as with a server-side apply.
 */
export function warnOfPod(pod: Cursor): void {
  const spec = pod.get('spec');
  const containers = [...spec.get('initContainers').items, ...spec.get('containers').items];
  warnOfNodeLabels(spec);
  warnOfSelectors(spec);
  warnOfAnnotations(pod.get('metadata').get('annotations'), spec, containers);
  warnOfPorts(containers);
}

function warnOfNodeLabels(spec: Cursor): void {
  for (const [key, value] of spec.get('nodeSelector').entries) {
    const message = DEPRECATED_LABELS.get(key);
    if (message !== undefined) value.warn(message);
  }
  const affinity = spec.get('affinity').get('nodeAffinity');
  const terms = [
    ...affinity.get(REQUIRED).get('nodeSelectorTerms').items,
    ...affinity.get(PREFERRED).items.map((preferred) => preferred.get('preference')),
  ];
  for (const expression of terms.flatMap((term) => term.get('matchExpressions').items))
    warnOfKey(expression.get('key'));
  for (const constraint of spec.get('topologySpreadConstraints').items) warnOfKey(constraint.get('topologyKey'));
}

function warnOfKey(key: Cursor): void {
  const message = DEPRECATED_LABELS.get(key.text ?? '');
  if (message !== undefined) key.warn(`${key.text} is ${message}`);
}

function warnOfSelectors(spec: Cursor): void {
  const selecting = [...spec.get('topologySpreadConstraints').items];
  for (const kind of ['podAffinity', 'podAntiAffinity']) {
    const affinity = spec.get('affinity').get(kind);
    selecting.push(...affinity.get(REQUIRED).items);
    selecting.push(...affinity.get(PREFERRED).items.map((preferred) => preferred.get('podAffinityTerm')));
  }
  for (const item of selecting) {
    const selector = item.get('labelSelector');
    if (item.object !== undefined && selector.isAbsent)
      selector.warn('a null labelSelector results in matching no pod');
  }
}

function warnOfAnnotations(annotations: Cursor, spec: Cursor, containers: readonly Cursor[]): void {
  if (annotations.object === undefined) return;
  const warn = (key: string, message: string) => {
    if (annotations.has(key)) annotations.get(key).warn(message);
  };
  for (const [key, message] of DEPRECATED_ANNOTATIONS) warn(key, message);
  const security = spec.get('securityContext');
  if (!security.has('seccompProfile')) warn('seccomp.security.alpha.kubernetes.io/pod', SECCOMP);
  for (const container of containers) {
    const name = container.get('name').text;
    const own = container.get('securityContext');
    if (!own.has('seccompProfile')) warn(`container.seccomp.security.alpha.kubernetes.io/${name}`, SECCOMP);
    if (security.has('appArmorProfile') || own.has('appArmorProfile')) continue;
    const message = 'deprecated since v1.30; use the "appArmorProfile" field instead';
    warn(`container.apparmor.security.beta.kubernetes.io/${name}`, message);
  }
}

interface Port {
  readonly cursor: Cursor;
  readonly owner: Cursor;
  readonly hostIP: string;
  readonly hostPort: number;
}

/** The containers of a pod share its addresses. Where both want the same port of the box, that is an error. */
function warnOfPorts(containers: readonly Cursor[]): void {
  const known = new Map<string, Port[]>();
  for (const owner of containers) {
    for (const cursor of owner.get('ports').items) {
      const containerPort = cursor.get('containerPort').number;
      const protocol = cursor.get('protocol').text ?? 'TCP';
      const port = {
        cursor,
        owner,
        hostIP: cursor.get('hostIP').text ?? '',
        hostPort: cursor.get('hostPort').number ?? 0,
      };
      if (port.hostIP !== '' && port.hostPort === 0) {
        const shown = `{Name:${cursor.get('name').text ?? ''} HostPort:0 ContainerPort:${containerPort} Protocol:${protocol} HostIP:${port.hostIP}}`;
        cursor.warn(`hostIP set without hostPort: ${shown}`);
      }
      const key = `${containerPort}/${protocol}`;
      const others = known.get(key) ?? [];
      for (const other of others) warnOfPair(port, other);
      known.set(key, [...others, port]);
    }
  }
}

function warnOfPair(port: Port, other: Port): void {
  if (port.owner === other.owner) return;
  const where = `port definition with ${formatFieldPath(other.cursor.path)}`;
  if (port.hostPort === 0 && other.hostPort === 0 && port.hostIP === other.hostIP) {
    port.cursor.warn(`duplicate ${where}`);
  } else if (port.hostPort === 0 || other.hostPort === 0) {
    port.cursor.warn(`overlapping ${where}`);
  } else if (port.hostPort === other.hostPort && (port.hostIP === '') !== (other.hostIP === '')) {
    port.cursor.warn(`dangerously ambiguous ${where}`);
  }
}
