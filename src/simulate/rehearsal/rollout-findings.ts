import { ERROR_CODES, type ErrorCode } from '../../lib/error-codes.ts';
import {
  addQuantities,
  compareQuantities,
  formatObject,
  formatQuantity,
  multiplyQuantity,
  parseQuantity,
  subtractQuantities,
  ZERO_QUANTITY,
} from '../../objects/index.ts';
import type { Severity } from '../../plan/findings/index.ts';
import { isWritten } from '../../plan/index.ts';
import type { NodeCapacity } from '../../report/index.ts';
import type { Rehearsal, RehearsedWorkload } from './rehearse.ts';

/** A finding of the simulation, about an object whose place the caller knows. */
export interface RolloutFinding {
  readonly code: ErrorCode;
  readonly severity: Severity;
  readonly object?: string;
  /** The field to point at, where there is one that causes it. */
  readonly field?: readonly (string | number)[];
  readonly message: string;
  readonly help: string;
}

/**
 * What the simulation says against a change: rollouts that do not end, Services that lose their last pod, requests
 * beyond the machine.
 */
export function rolloutFindings(rehearsal: Rehearsal): readonly RolloutFinding[] {
  const notCreated = notCreatedFindings(rehearsal);
  const isExplained = ({ object }: RehearsedWorkload) => notCreated.some((finding) => finding.object === object);
  return [
    ...rehearsal.workloads.flatMap((workload) => (isExplained(workload) ? [] : stuckFinding(workload, rehearsal))),
    ...notCreated,
    ...rehearsal.services.flatMap((service) => lostService(service, rehearsal)),
    ...limitFinding(rehearsal),
  ];
}

interface Cause {
  readonly code: ErrorCode;
  readonly pattern: RegExp;
  readonly field: readonly (string | number)[];
  readonly help: (workload: RehearsedWorkload, rehearsal: Rehearsal) => string;
}

const HELD_UPDATE = /^pod (\S+) is of an older revision and holds up the update/;
const CONTAINERS = ['spec', 'template', 'spec', 'containers', 0];

/** The first that matches the reason of a rollout that does not end says what is behind it. */
const CAUSES: readonly Cause[] = [
  {
    code: 'RolloutStuck',
    pattern: HELD_UPDATE,
    field: ['metadata', 'name'],
    help: ({ namespace, reason = '' }) =>
      `the StatefulSet waits for that pod and does not replace it: kubectl delete pod -n ${namespace} ${HELD_UPDATE.exec(reason)?.[1]}`,
  },
  {
    code: 'PortClaimed',
    pattern: /free ports for the requested pod ports|port is already allocated/,
    field: [...CONTAINERS, 'ports'],
    help: ({ replicasBefore }) =>
      replicasBefore > 0
        ? 'the old pod holds the port until it has gone: set maxSurge: 0, or strategy Recreate'
        : 'another pod of the machine holds the port: choose another one',
  },
  {
    code: 'ReferenceMissing',
    pattern: /SetUp failed for volume "[^"]*" : (?:(?:secret|configmap) "[^"]*" not found|references non-existent)/,
    field: ['spec', 'template', 'spec', 'volumes'],
    help: () => 'add what the volume holds, or correct its name or key',
  },
  {
    code: 'ReferenceMissing',
    pattern: /CreateContainerConfigError: (?:secret|configmap) "|: references non-existent|couldn't find key/i,
    field: CONTAINERS,
    help: () => 'add what the container reads, or correct its name',
  },
  {
    code: 'Unschedulable',
    pattern: /persistentvolumeclaim "|unbound immediate PersistentVolumeClaims|available persistent volumes/,
    field: ['spec', 'template', 'spec', 'volumes'],
    help: () => 'declare the claim that the pod mounts, or a volume or class that it can be bound by',
  },
  {
    code: 'Unschedulable',
    pattern: /node affinity|node selector|untolerated taint|were unschedulable/,
    field: ['spec', 'template', 'spec'],
    help: () => 'correct nodeSelector, affinity or tolerations, or label the node',
  },
  {
    code: 'Unschedulable',
    pattern: /pod affinity rules|anti-affinity rules/,
    field: ['spec', 'template', 'spec', 'affinity'],
    help: () => 'correct podAffinity or podAntiAffinity, of this pod or of those that keep it away, or add a node',
  },
  {
    code: 'Unschedulable',
    pattern: /topology spread constraints/,
    field: ['spec', 'template', 'spec', 'topologySpreadConstraints'],
    help: () => 'correct topologySpreadConstraints, or label the nodes with the topologyKey that they name',
  },
  {
    code: 'Unschedulable',
    pattern: /^no scheduler of the box is called/,
    field: ['spec', 'template', 'spec', 'schedulerName'],
    help: () => 'leave schedulerName out, so that the scheduler of Berth places its pods',
  },
  {
    code: 'Unschedulable',
    pattern: /Too many pods/,
    field: ['spec', 'replicas'],
    help: ({ wantedReplicas }, { maxPods }) =>
      `a node of the box takes ${maxPods} pods, all workloads together${wantedReplicas > maxPods ? `, and this one asks for ${wantedReplicas}` : ''}: lower the replicas, or minReplicas of what scales it`,
  },
  {
    code: 'Unschedulable',
    pattern: /nodes are available/,
    field: [...CONTAINERS, 'resources', 'requests'],
    help: helpForRoom,
  },
  {
    code: 'ImageMissing',
    pattern: /ErrImagePull|ImagePullBackOff|InvalidImageName/,
    field: [...CONTAINERS, 'image'],
    help: () => ERROR_CODES.ImageMissing.help,
  },
];

/** What makes room, where something does. */
function helpForRoom(workload: RehearsedWorkload, { capacity }: Rehearsal): string {
  if (isTooLarge(workload, capacity)) return 'no node of the box is that large: lower the requests';
  const sum = describeSum(workload, capacity);
  if (sum !== undefined) return `${sum}: lower the requests or the replicas`;
  return workload.lowestReady > 0 && workload.surges
    ? 'the new pod has to fit beside the old ones: set maxSurge: 0 with maxUnavailable: 1, or lower the requests'
    : 'lower the requests, or make room on the node';
}

/**
 * `3 pods × cpu 2 = 6, and the box has 4 for them`: of a resource that does not suffice even when every old pod has
 * gone.
 */
function describeSum(
  { requests, held, wantedReplicas, reason = '' }: RehearsedWorkload,
  capacity: readonly NodeCapacity[],
): string | undefined {
  const total = (resource: string, of: 'allocatable' | 'after') =>
    capacity
      .filter((one) => one.resource === resource)
      .reduce((sum, one) => addQuantities(sum, parseQuantity(one[of])), ZERO_QUANTITY);
  return lackingIn(reason)
    .filter((resource) => capacity.some((one) => one.resource === resource))
    .map((resource) => {
      const asked = parseQuantity(requests[resource] ?? '0');
      const all = multiplyQuantity(asked, wantedReplicas);
      const ofOthers = subtractQuantities(total(resource, 'after'), parseQuantity(held[resource] ?? '0'));
      const room = subtractQuantities(total(resource, 'allocatable'), ofOthers);
      if (compareQuantities(all, room) <= 0) return undefined;
      return `${wantedReplicas} pods × ${resource} ${formatQuantity(asked)} = ${formatQuantity(all)}, and the box has ${formatQuantity(room)} for them`;
    })
    .find((sum) => sum !== undefined);
}

function stuckFinding(workload: RehearsedWorkload, rehearsal: Rehearsal): readonly RolloutFinding[] {
  const { outcome, reason = '', object, isMoved, kind, requests } = workload;
  const { capacity } = rehearsal;
  if (outcome === 'stable' || kind === 'Job' || kind === 'CronJob') return [];
  const cause = CAUSES.find(({ pattern }) => pattern.test(reason));
  const wording = outcome === 'never' ? 'its rollout never ends' : 'its rollout waits for ever';
  const detail = cause?.code === 'Unschedulable' ? `${reason}${describeRoom(reason, requests, capacity)}` : reason;
  // What was so before the change and did not move is not the change's doing.
  const severity = isMoved ? 'error' : 'warning';
  return [
    {
      code: cause?.code ?? 'RolloutStuck',
      severity,
      object,
      ...(cause === undefined ? {} : { field: kind === 'Pod' ? fieldOfPod(cause.field) : cause.field }),
      message: isMoved ? `${wording}: ${detail}` : `it is not ready, and the change does not mend that: ${detail}`,
      help: cause?.help(workload, rehearsal) ?? ERROR_CODES.RolloutStuck.help,
    },
  ];
}

/** A Pod that is declared has no template around it. */
function fieldOfPod(field: Cause['field']): Cause['field'] {
  return field[1] === 'template' ? field.slice(2) : ['metadata', 'name'];
}

/** Whether a pod asks for more of something than any node has, so that nothing that goes makes room for it. */
function isTooLarge({ requests, reason = '' }: RehearsedWorkload, capacity: readonly NodeCapacity[]): boolean {
  return lackingIn(reason).some((resource) => {
    const asked = parseQuantity(requests[resource] ?? '0');
    const nodes = capacity.filter((one) => one.resource === resource);
    return (
      nodes.length > 0 && nodes.every(({ allocatable }) => compareQuantities(asked, parseQuantity(allocatable)) > 0)
    );
  });
}

function lackingIn(reason: string): readonly string[] {
  return [...new Set([...reason.matchAll(/Insufficient ([\w./-]+\w)/g)].map(([, resource = '']) => resource))];
}

/** `; each pod asks for cpu 2, and box1 has 1970m of 4 free`: of the resources that lack. */
function describeRoom(
  reason: string,
  requests: RehearsedWorkload['requests'],
  capacity: readonly NodeCapacity[],
): string {
  const lacking = lackingIn(reason);
  if (lacking.length === 0) return '';
  const asked = lacking.map((resource) => `${resource} ${requests[resource] ?? '0'}`).join(', ');
  const free = capacity
    .filter(({ resource }) => lacking.includes(resource))
    .map(({ node, resource, after, allocatable }) => {
      const left = formatQuantity(subtractQuantities(parseQuantity(allocatable), parseQuantity(after)));
      return `${node} has ${lacking.length > 1 ? `${resource} ` : ''}${left} of ${allocatable} free`;
    });
  return `; each pod asks for ${asked}${free.length === 0 ? '' : `, and ${free.join(', ')}`}`;
}

/** Who does not let a pod in, by the words of the refusal. */
const NOT_CREATED: readonly (readonly [RegExp, ErrorCode])[] = [
  [/violates PodSecurity/, 'PrivilegeForbidden'],
  [/quota|limit/i, 'QuotaExceeded'],
];

/** Pods that a controller could not even create: a quota, a limit range, the box's own policy. */
function notCreatedFindings({ warnings, workloads, plans }: Rehearsal): readonly RolloutFinding[] {
  const seen = new Set<string>();
  return warnings.flatMap(({ object, reason, message, ...warning }) => {
    if (reason !== 'FailedCreate') return [];
    const about = declaredOwner(object, workloads);
    const wasBefore = warning.wasBefore || (about.startsWith('CronJob/') && !isReached(about, plans));
    // An attempt that failed on the way to a rollout that ends is no news.
    if (seen.has(about) || workloads.some((one) => one.object === about && isComplete(one))) return [];
    seen.add(about);
    const code = NOT_CREATED.find(([pattern]) => pattern.test(message))?.[1] ?? 'RolloutStuck';
    return [
      {
        code,
        // What was so before the change is not the change's doing.
        severity: wasBefore ? 'warning' : 'error',
        object: about,
        message: `its pods cannot be created${wasBefore ? ', and the change does not mend that' : ''}: ${message}`,
        help: ERROR_CODES[code].help,
      },
    ];
  });
}

/**
 * Whether the change touches the namespace of a CronJob. If not, its next run would have been refused as well, which
 * nobody has seen as it was not yet due.
 */
function isReached(object: string, plans: Rehearsal['plans']): boolean {
  const [, namespace = ''] = object.split('/');
  const changes = plans.flatMap((plan) => plan.changes);
  return changes.some(
    ({ action, id }) =>
      (isWritten(action) || action === 'deleted') && (id.kind === 'Namespace' ? id.name : id.namespace) === namespace,
  );
}

/** The Deployment that a ReplicaSet is of, or the object itself. */
function declaredOwner(object: string, workloads: Rehearsal['workloads']): string {
  if (!object.startsWith('ReplicaSet/') || workloads.some((one) => one.object === object)) return object;
  return object.replace(/^ReplicaSet/, 'Deployment').replace(/-[^-]*$/, '');
}

/** What runs to its end says nothing by being stable. */
function isComplete({ outcome, kind }: RehearsedWorkload): boolean {
  return outcome === 'stable' && kind !== 'Job' && kind !== 'CronJob';
}

function lostService(
  service: Rehearsal['services'][number],
  { workloads, plans }: Rehearsal,
): readonly RolloutFinding[] {
  const { service: object, readyBefore, lowestReady, readyAfter } = service;
  if (readyBefore === 0 || lowestReady > 0) return [];
  const message =
    readyAfter === 0
      ? `it loses its last ready pod and gets none back (${readyBefore} now)`
      : `it has no ready pod for a while on the way (${readyBefore} now, ${readyAfter} afterwards)`;
  const [, namespace = ''] = object.split('/');
  const changes = plans.flatMap((plan) => plan.changes);
  const isDeleted = changes.some(
    ({ action, id }) =>
      action === 'deleted' && (formatObject(id) === object || (id.kind === 'Namespace' && id.name === namespace)),
  );
  const replaced = new Set(changes.flatMap(({ action, id }) => (action === 'replaced' ? [formatObject(id)] : [])));
  const emptied = workloads.filter(
    (one) => one.namespace === namespace && one.readyBefore > 0 && one.lowestReady === 0,
  );
  return [
    {
      code: 'AvailabilityLost',
      severity: readyAfter === 0 ? 'error' : 'warning',
      object,
      field: ['spec', 'selector'],
      message,
      help: isDeleted
        ? 'the change deletes it: keep it, with its pods, until nothing calls it any more'
        : helpForService(readyAfter, emptied, replaced),
    },
  ];
}

/**
 * What keeps a Service that stays from losing its pods, by the workloads of its namespace that have no ready pod at
 * some time.
 */
function helpForService(
  readyAfter: number,
  emptied: readonly RehearsedWorkload[],
  replaced: ReadonlySet<string>,
): string {
  const names = emptied.map(({ object }) => object).join(', ');
  // The pods stay ready: it is the way to them that is lost.
  if (emptied.length === 0)
    return 'ready pods stay, and it does not lead to them: correct its selector and targetPort, or the labels and ports of the pods';
  if (emptied.every(({ object }) => replaced.has(object)))
    return `force deletes ${names} and makes it anew: bring up the new one under another name first, or keep the field as it is`;
  if (readyAfter > 0) return ERROR_CODES.AvailabilityLost.help;
  return emptied.every(({ outcome, finalReplicas }) => outcome === 'stable' && finalReplicas === 0)
    ? `no pod of ${names} is left: keep one, or delete the Service too`
    : `mend what keeps ${names} from becoming ready again`;
}

function limitFinding({ endedBy, virtualMs }: Rehearsal): readonly RolloutFinding[] {
  if (endedBy === undefined) return [];
  const message = `the simulation was ended after ${Math.round(virtualMs / 1000)} s of virtual time by the limit ${endedBy}`;
  return [{ code: 'LimitReached', severity: 'error', message, help: ERROR_CODES.LimitReached.help }];
}
