import type { FieldProblem } from '../../objects/field-problem.ts';
import { parseResources, podLimits, podRequests, type ResourceAmounts } from '../../objects/pod-resources.ts';
import { formatQuantity, parseQuantity, type Quantity } from '../../objects/quantity.ts';
import type { KubernetesObject, LimitRange, Pod } from '../../objects/types.ts';
import type { Client } from '../client.ts';
import type { Admission } from '../context.ts';

type Item = NonNullable<LimitRange['spec']>['limits'][number];
type PodSpec = NonNullable<Pod['spec']>;
type Container = PodSpec['containers'][number];
type Amounts = Readonly<Record<string, string | number>>;

/**
 * "A LimitRange is a policy to constrain the resource allocations (limits and requests) that you can specify for each
 * applicable object kind in a namespace": it fills in what containers leave out and refuses what lies outside.
 */
export function createLimitRangeAdmission(client: () => Client): Admission {
  return ({ kind, verb, subresource, object }) => {
    const isPod = kind.kind === 'Pod';
    if ((!isPod && kind.kind !== 'PersistentVolumeClaim') || verb !== 'create' || subresource !== undefined)
      return undefined;
    const namespace = object.metadata?.namespace ?? 'default';
    const items = client()
      .list('LimitRange', { namespace })
      .flatMap(({ spec }) => spec?.limits ?? []);
    if (items.length === 0) return undefined;
    const filled = isPod ? withDefaults(object, items) : object;
    const messages = isPod
      ? podMessages(filled['spec'] as PodSpec, items)
      : claimMessages(filled['spec'] as { readonly resources?: { readonly requests?: Amounts } }, items);
    if (messages.length > 0) return { problems: messages.map(problemOf) };
    return filled === object ? undefined : { object: filled };
  };
}

/** "If a Container specifies no limit or request, the default and defaultRequest of the LimitRange are set." */
function withDefaults(object: KubernetesObject, items: readonly Item[]): KubernetesObject {
  const spec = object['spec'] as PodSpec | undefined;
  const own = items.filter(({ type }) => type === 'Container');
  if (spec === undefined || own.length === 0) return object;
  const fill = (container: Container) => own.reduce(withDefaultsOf, container);
  return {
    ...object,
    spec: {
      ...spec,
      containers: spec.containers.map(fill),
      ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(fill) }),
    },
  };
}

/** What is left out of an item is taken from what it says of the same resource (SetDefaults_LimitRangeItem). */
function withDefaultsOf(container: Container, item: Item): Container {
  const limits: Amounts = { ...item.max, ...item.default };
  const requests: Amounts = { ...item.min, ...limits, ...item.defaultRequest };
  const { resources } = container;
  const nextLimits = { ...limits, ...resources?.limits };
  return {
    ...container,
    resources: {
      ...resources,
      ...(Object.keys(nextLimits).length === 0 ? {} : { limits: nextLimits }),
      requests: { ...requests, ...resources?.limits, ...resources?.requests },
    },
  };
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

function claimMessages(
  spec: { readonly resources?: { readonly requests?: Amounts } } | undefined,
  items: readonly Item[],
): readonly string[] {
  const requests = parseResources(spec?.resources?.requests);
  return items
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap(({ max: _max, ...item }) => [
      ...messagesOf(item, requests, new Map()),
      ...overMax(_max, requests, 'PersistentVolumeClaim', 'request'),
    ]);
}

/** The words of the limit ranger (limitranger/admission.go). */
function messagesOf(item: Item, requests: ResourceAmounts, limits: ResourceAmounts): readonly string[] {
  const under = Object.entries(item.min ?? {}).flatMap(([name, text]) => {
    const min = parseQuantity(text);
    const asked = requests.get(name);
    const shown = `minimum ${name} usage per ${item.type} is ${formatQuantity(min)}`;
    if (asked === undefined) return [`${shown}. No request is specified`];
    const limit = limits.get(name);
    if (asked.nano < min.nano) return [`${shown}, but request is ${formatQuantity(asked)}`];
    return limit !== undefined && limit.nano < min.nano ? [`${shown}, but limit is ${formatQuantity(limit)}`] : [];
  });
  return [...under, ...overMax(item.max, limits, item.type, 'limit'), ...overRatio(item, requests, limits)];
}

function overMax(
  max: Item['max'],
  amounts: ResourceAmounts,
  type: string,
  what: 'limit' | 'request',
): readonly string[] {
  return Object.entries(max ?? {}).flatMap(([name, text]) => {
    const most = parseQuantity(text);
    const amount = amounts.get(name);
    const shown = `maximum ${name} usage per ${type} is ${formatQuantity(most)}`;
    if (amount === undefined) return [`${shown}. No ${what} is specified`];
    return amount.nano > most.nano ? [`${shown}, but ${what} is ${formatQuantity(amount)}`] : [];
  });
}

function overRatio({ maxLimitRequestRatio, type }: Item, requests: ResourceAmounts, limits: ResourceAmounts) {
  return Object.entries(maxLimitRequestRatio ?? {}).flatMap(([name, text]) => {
    const ratio = parseQuantity(text);
    const [request, limit] = [requests.get(name), limits.get(name)];
    const shown = `${name} max limit to request ratio per ${type} is ${formatQuantity(ratio)}`;
    if (request === undefined || request.nano === 0n) return [`${shown}, but no request is specified or request is 0.`];
    if (limit === undefined || limit.nano === 0n) return [`${shown}, but no limit is specified or limit is 0.`];
    const actual = ratioOf(limit, request);
    return actual > ratioOf(ratio, parseQuantity(1)) ? [`${shown}, but provided ratio is ${actual.toFixed(6)}`] : [];
  });
}

function ratioOf(a: Quantity, b: Quantity): number {
  return Number(a.nano) / Number(b.nano);
}

function problemOf(message: string): FieldProblem {
  return { code: 'FieldValueForbidden', severity: 'error', path: [], at: 'value', message };
}
