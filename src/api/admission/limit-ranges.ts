import { jsonEqual } from '../../lib/json.ts';
import type { FieldProblem } from '../../objects/field-problem.ts';
import { parseResources, podLimits, podRequests, type ResourceAmounts } from '../../objects/pod-resources.ts';
import { formatQuantity, parseQuantity, type Quantity } from '../../objects/quantity.ts';
import type { KubernetesObject, LimitRange, Pod } from '../../objects/types.ts';
import type { Client } from '../client.ts';
import type { Admission } from '../context.ts';
import { objectProblem } from './object-problem.ts';
import { unreadableAmounts } from './unreadable-amounts.ts';

type Item = NonNullable<LimitRange['spec']>['limits'][number];
type PodSpec = NonNullable<Pod['spec']>;
type Container = PodSpec['containers'][number];
type Amounts = Readonly<Record<string, string | number>>;

/** Where the limit ranger writes down what it has filled in. */
const ANNOTATION = 'kubernetes.io/limit-ranger';

/**
 * "A LimitRange is a policy to constrain the resource allocations (limits and requests) that you can specify for each
 * applicable object kind in a namespace": it fills in what containers leave out and refuses what lies outside. Pods are
 * judged when they are made, claims also when they ask for another amount.
 */
export function createLimitRangeAdmission(client: () => Client): Admission {
  return ({ kind, verb, subresource, object, previous }) => {
    const isPod = kind.kind === 'Pod';
    if ((!isPod && kind.kind !== 'PersistentVolumeClaim') || subresource !== undefined) return undefined;
    const isResized = verb === 'update' && !isPod && !jsonEqual(storageOf(object), storageOf(previous));
    if (verb !== 'create' && !isResized) return undefined;
    const ranges = client().list('LimitRange', { namespace: object.metadata?.namespace ?? 'default' });
    if (ranges.length === 0) return undefined;
    const unreadable = ranges.flatMap((range) => unreadableOf(range, isPod));
    if (unreadable.length > 0) return { problems: unreadable.map(problemOf) };
    const filled = isPod ? ranges.reduce(withDefaults, object) : object;
    const items = ranges.flatMap(itemsOf);
    const messages = isPod ? podMessages(filled['spec'] as PodSpec, items) : claimMessages(storageOf(filled), items);
    if (messages.length > 0) return { problems: messages.map(problemOf) };
    return filled === object ? undefined : { object: filled };
  };
}

function itemsOf({ spec }: LimitRange): readonly Item[] {
  return spec?.limits ?? [];
}

/** Of what concerns pods, or claims. */
function unreadableOf(range: LimitRange, isPod: boolean): readonly string[] {
  const concerned = itemsOf(range).filter(({ type }) => (type === 'PersistentVolumeClaim') !== isPod);
  return concerned
    .flatMap(({ type: _type, ...lists }) => Object.entries(lists))
    .flatMap(([field, amounts]) => unreadableAmounts(field, amounts))
    .map((problem) => `failed limit range: ${range.metadata.name}: ${problem}`);
}

function storageOf(claim: object | undefined): Amounts | undefined {
  const spec = (claim as { readonly spec?: { readonly resources?: { readonly requests?: Amounts } } } | undefined)
    ?.spec;
  return spec?.resources?.requests;
}

/** "If a Container specifies no limit or request, the default and defaultRequest of the LimitRange are set." */
function withDefaults(object: KubernetesObject, range: LimitRange): KubernetesObject {
  const spec = object['spec'] as PodSpec | undefined;
  const own = itemsOf(range).filter(({ type }) => type === 'Container');
  if (spec === undefined || own.length === 0) return object;
  const defaults = own.map(defaultsOf);
  const limits: Amounts = Object.assign({}, ...defaults.map((each) => each.limits));
  const requests: Amounts = Object.assign({}, ...defaults.map((each) => each.requests));
  const notes: string[] = [];
  const fill = (what: string) => (container: Container) => {
    const { resources } = container;
    const given = { ...resources?.limits, ...resources?.requests };
    const note = (added: Amounts, present: object, name: string) => {
      const names = Object.keys(added).filter((key) => !Object.hasOwn(present, key));
      if (names.length > 0) notes.push(`${names.sort().join(', ')} ${name} for ${what} ${container.name}`);
    };
    note(requests, given, 'request');
    note(limits, resources?.limits ?? {}, 'limit');
    const nextLimits = { ...limits, ...resources?.limits };
    const filled = Object.keys(nextLimits).length === 0 ? {} : { limits: nextLimits };
    return { ...container, resources: { ...resources, ...filled, requests: { ...requests, ...given } } };
  };
  const containers = spec.containers.map(fill('container'));
  const initContainers = spec.initContainers?.map(fill('init container'));
  const next = { ...spec, containers, ...(initContainers === undefined ? {} : { initContainers }) };
  if (notes.length === 0) return object;
  const annotations = { ...object.metadata?.annotations, [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}` };
  return { ...object, metadata: { ...object.metadata, annotations }, spec: next };
}

/** What is left out of an item is taken from what it says of the same resource (SetDefaults_LimitRangeItem). */
function defaultsOf(item: Item): { readonly limits: Amounts; readonly requests: Amounts } {
  const limits = { ...item.max, ...item.default };
  return { limits, requests: { ...item.min, ...limits, ...item.defaultRequest } };
}

function podMessages(spec: PodSpec, items: readonly Item[]): readonly string[] {
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  return items.flatMap((item) => {
    if (item.type === 'Pod') return messagesOf(item, podRequests(spec), podLimits(spec));
    if (item.type !== 'Container') return [];
    return containers.flatMap(({ resources }) =>
      messagesOf(item, parseResources(resources?.requests), parseResources(resources?.limits)),
    );
  });
}

function claimMessages(storage: Amounts | undefined, items: readonly Item[]): readonly string[] {
  const requests = parseResources(storage);
  return items
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap((item) => [
      ...underMin(item, requests, new Map()),
      ...overMax(item, [{ what: 'request', amounts: requests, isNeeded: true }]),
    ]);
}

/** The words of the limit ranger (limitranger/admission.go). */
function messagesOf(item: Item, requests: ResourceAmounts, limits: ResourceAmounts): readonly string[] {
  return [
    ...underMin(item, requests, limits),
    ...overMax(item, [
      { what: 'limit', amounts: limits, isNeeded: true },
      { what: 'request', amounts: requests, isNeeded: false },
    ]),
    ...overRatio(item, requests, limits),
  ];
}

function underMin({ min, type }: Item, requests: ResourceAmounts, limits: ResourceAmounts): readonly string[] {
  return Object.entries(min ?? {}).flatMap(([name, text]) => {
    const least = parseQuantity(text);
    const [asked, limit] = [requests.get(name), limits.get(name)];
    const shown = `minimum ${name} usage per ${type} is ${formatQuantity(least)}`;
    if (asked === undefined) return [`${shown}.  No request is specified`];
    if (asked.nano < least.nano) return [`${shown}, but request is ${formatQuantity(asked)}`];
    return limit !== undefined && limit.nano < least.nano ? [`${shown}, but limit is ${formatQuantity(limit)}`] : [];
  });
}

interface Measured {
  readonly what: 'limit' | 'request';
  readonly amounts: ResourceAmounts;
  readonly isNeeded: boolean;
}

/** The first of `measured` that breaks the maximum speaks for the resource. */
function overMax({ max, type }: Item, measured: readonly Measured[]): readonly string[] {
  return Object.entries(max ?? {}).flatMap(([name, text]) => {
    const most = parseQuantity(text);
    const shown = `maximum ${name} usage per ${type} is ${formatQuantity(most)}`;
    for (const { what, amounts, isNeeded } of measured) {
      const amount = amounts.get(name);
      if (amount === undefined && isNeeded) return [`${shown}.  No ${what} is specified`];
      if (amount !== undefined && amount.nano > most.nano)
        return [`${shown}, but ${what} is ${formatQuantity(amount)}`];
    }
    return [];
  });
}

function overRatio({ maxLimitRequestRatio, type }: Item, requests: ResourceAmounts, limits: ResourceAmounts) {
  return Object.entries(maxLimitRequestRatio ?? {}).flatMap(([name, text]) => {
    const ratio = parseQuantity(text);
    const [request, limit] = [requests.get(name), limits.get(name)];
    const shown = `${name} max limit to request ratio per ${type} is ${formatQuantity(ratio)}`;
    if (request === undefined || request.nano === 0n) return [`${shown}, but no request is specified or request is 0`];
    if (limit === undefined || limit.nano === 0n) return [`${shown}, but no limit is specified or limit is 0`];
    const actual = ratioOf(limit, request);
    return actual > ratioOf(ratio, parseQuantity(1)) ? [`${shown}, but provided ratio is ${actual.toFixed(6)}`] : [];
  });
}

function ratioOf(a: Quantity, b: Quantity): number {
  return Number(a.nano) / Number(b.nano);
}

function problemOf(message: string): FieldProblem {
  return objectProblem(message, 'change the amount, or the LimitRange of the namespace');
}
