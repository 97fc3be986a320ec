import { parseTime } from '../lib/clock.ts';
import { findKindsNamed, KINDS } from './kinds.ts';
import { podLimits, podRequests, qosClassOf, type ResourceAmounts } from './pod-resources.ts';
import { isPodTerminal } from './pods.ts';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityOf,
  quantityValue,
  tryParseQuantity,
  ZERO_QUANTITY,
} from './quantity.ts';
import { claimClassOf } from './storage/storage.ts';
import type { KubernetesObject, PersistentVolumeClaim, Pod, ResourceQuota, Service, StoredObject } from './types.ts';

type QuotaSpec = NonNullable<ResourceQuota['spec']>;
type ScopeRequirement = NonNullable<NonNullable<QuotaSpec['scopeSelector']>['matchExpressions']>[number];
type QuotaObject = KubernetesObject | StoredObject;

const ONE = parseQuantity(1);
/** Kinds that a quota counts by their plural alone; all kinds can be counted as `count/<plural>.<group>`. */
const PLAIN_COUNTS = [
  ...['ConfigMap', 'PersistentVolumeClaim', 'Pod', 'ReplicationController', 'ResourceQuota', 'Secret', 'Service'],
];

/**
 * What one object takes of a quota, by the names that `hard` may have: of a pod that has ended, or that should have by
 * `nowMs`, only that it is there.
 */
export function quotaUsageOf(object: QuotaObject, nowMs: number): ResourceAmounts {
  const usage = new Map<string, Quantity>();
  const info = findKindsNamed(object.kind).find(({ apiVersion }) => apiVersion === object.apiVersion);
  if (info === undefined) return usage;
  // "count/pods counts all pods, pods those in a non-terminal state" (ResourceQuota, kubernetes.io).
  usage.set(`count/${info.plural}${info.group === '' ? '' : `.${info.group}`}`, ONE);
  const isEndedPod = isPod(object) && (isPodTerminal(object) || (overdueAtMs(object) ?? nowMs) < nowMs);
  if (info.group === '' && PLAIN_COUNTS.includes(info.kind) && !isEndedPod) usage.set(info.plural, ONE);
  if (isPod(object) && !isEndedPod) addPod(usage, object);
  if (info.kind === 'Service' && info.group === '') addService(usage, object as unknown as Service);
  if (info.kind === 'PersistentVolumeClaim') addClaim(usage, object);
  return usage;
}

/**
 * When a pod that is being deleted should have gone. "If pods are stuck terminating (for example, a node is lost), we
 * do not want to charge the user for that pod in quota because it could prevent them from scaling up new pods to
 * service their application" (QuotaV1Pod).
 */
export function overdueAtMs({ metadata }: Pick<Pod, 'metadata'>): number | undefined {
  const goneMs = parseTime(metadata.deletionTimestamp);
  return goneMs === undefined ? undefined : goneMs + (metadata.deletionGracePeriodSeconds ?? 0) * 1_000;
}

function isPod(object: object): object is Pod {
  return (object as { readonly kind?: unknown }).kind === 'Pod';
}

/** What can be counted without a prefix, and what has limits of its own to count. */
const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];

/**
 * "cpu and memory are the same as requests.cpu and requests.memory"; "as overcommit is not allowed for extended
 * resources, it makes no sense to specify both requests and limits for the same extended resource in a quota" (Resource
 * Quotas): only `requests.` counts them.
 */
function addPod(usage: Map<string, Quantity>, { spec }: Pod): void {
  if (spec === undefined) return;
  for (const [name, amount] of podRequests(spec)) {
    usage.set(`requests.${name}`, amount);
    if (COMPUTE.includes(name) || name.startsWith('hugepages-')) usage.set(name, amount);
  }
  for (const [name, amount] of podLimits(spec)) if (COMPUTE.includes(name)) usage.set(`limits.${name}`, amount);
}

function addService(usage: Map<string, Quantity>, { spec }: Service): void {
  const nodePorts = (spec?.ports ?? []).filter(({ nodePort }) => (nodePort ?? 0) > 0).length;
  const isBalanced = spec?.type === 'LoadBalancer';
  if (isBalanced) usage.set('services.loadbalancers', ONE);
  const wantsPorts = spec?.type === 'NodePort' || (isBalanced && spec.allocateLoadBalancerNodePorts !== false);
  const count = wantsPorts ? (spec?.ports ?? []).length : nodePorts;
  if (count > 0) usage.set('services.nodeports', parseQuantity(count));
}

/**
 * A claim that is being made smaller again counts with what it has got already, and parts of a byte as a whole one
 * (getStorageUsage and RoundUp of the evaluator of claims).
 */
function addClaim(usage: Map<string, Quantity>, object: QuotaObject): void {
  const claim = object as unknown as PersistentVolumeClaim;
  const sizes = [claim.spec?.resources?.requests?.['storage'], claim.status?.allocatedResources?.['storage']];
  const [amount] = sizes
    .flatMap((size) => (size === undefined ? [] : (tryParseQuantity(size) ?? [])))
    .map((size) => (size.nano % ONE.nano === 0n ? size : quantityOf(quantityValue(size), size.format)))
    .sort((a, b) => compareQuantities(b, a));
  if (amount !== undefined) usage.set('requests.storage', amount);
  const className = claimClassOf(claim) ?? '';
  if (className === '') return;
  const prefix = `${className}.storageclass.storage.k8s.io`;
  usage.set(`${prefix}/persistentvolumeclaims`, ONE);
  if (amount !== undefined) usage.set(`${prefix}/requests.storage`, amount);
}

/**
 * Whether the quota looks at the object at all. "When a scope is added to the quota, it limits the number of resources
 * it supports to those that pertain to the scope" (ResourceQuota, kubernetes.io); scopes concern pods alone.
 */
export function isInQuotaScope(quota: ResourceQuota, object: QuotaObject): boolean {
  const requirements: readonly ScopeRequirement[] = [
    ...(quota.spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' as const })),
    ...(quota.spec?.scopeSelector?.matchExpressions ?? []),
  ];
  if (requirements.length === 0) return true;
  return isPod(object) && requirements.every((requirement) => meetsScope(object, requirement));
}

function meetsScope({ spec }: Pod, { scopeName, operator, values = [] }: ScopeRequirement): boolean {
  switch (scopeName) {
    // "Terminating: match pods where .spec.activeDeadlineSeconds >= 0."
    case 'Terminating':
      return spec?.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return spec?.activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return spec !== undefined && qosClassOf(spec) === 'BestEffort';
    case 'NotBestEffort':
      return spec !== undefined && qosClassOf(spec) !== 'BestEffort';
    case 'PriorityClass': {
      const name = spec?.priorityClassName ?? '';
      if (operator === 'In') return values.includes(name);
      if (operator === 'NotIn') return !values.includes(name);
      return (name !== '') === (operator === 'Exists');
    }
    case 'CrossNamespacePodAffinity':
      return hasForeignAffinity(spec);
    default:
      return false;
  }
}

function hasForeignAffinity(spec: Pod['spec']): boolean {
  return [spec?.affinity?.podAffinity, spec?.affinity?.podAntiAffinity].some((affinity) =>
    [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
        ({ podAffinityTerm }) => podAffinityTerm,
      ),
    ].some((term) => term.namespaceSelector !== undefined || (term.namespaces ?? []).length > 0),
  );
}

/** What objects take together of what the quota limits: every name of `hard`, also those of which nothing is taken. */
export function totalQuotaUsage(quota: ResourceQuota, objects: readonly QuotaObject[], nowMs: number): ResourceAmounts {
  const total = new Map<string, Quantity>(Object.keys(quota.spec?.hard ?? {}).map((name) => [name, ZERO_QUANTITY]));
  for (const object of objects) {
    if (!isInQuotaScope(quota, object)) continue;
    for (const [name, amount] of quotaUsageOf(object, nowMs)) {
      const sum = total.get(name);
      if (sum !== undefined) total.set(name, addQuantities(sum, amount));
    }
  }
  return total;
}

/** The kinds of which a quota limits something. */
export function quotaKinds(quota: ResourceQuota): readonly { readonly apiVersion: string; readonly kind: string }[] {
  const names = Object.keys(quota.spec?.hard ?? {});
  const found = new Map<string, { apiVersion: string; kind: string }>();
  const add = (apiVersion: string, kind: string) => found.set(`${apiVersion}/${kind}`, { apiVersion, kind });
  for (const name of names) {
    const counted = /^count\/([^.]+)(?:\.(.+))?$/.exec(name);
    if (counted !== null) {
      const info = COUNTABLE.get(`${counted[1]}.${counted[2] ?? ''}`);
      if (info !== undefined) add(info.apiVersion, info.kind);
      continue;
    }
    const plain = PLAIN_COUNTS.find((kind) => findKindsNamed(kind).some(({ plural }) => plural === name));
    if (plain !== undefined) add('v1', plain);
    else if (name.startsWith('services.')) add('v1', 'Service');
    else if (name === 'requests.storage' || name.includes('.storageclass.storage.k8s.io/'))
      add('v1', 'PersistentVolumeClaim');
    else add('v1', 'Pod');
  }
  return [...found.values()];
}

const COUNTABLE = new Map([...KINDS].reverse().map((info) => [`${info.plural}.${info.group}`, info]));

/** As `pods=1,requests.cpu=500m`, sorted by name. */
export function formatAmounts(amounts: ReadonlyMap<string, Quantity>): string {
  return [...amounts]
    .map(([name, amount]) => `${name}=${formatQuantity(amount)}`)
    .sort()
    .join(',');
}
