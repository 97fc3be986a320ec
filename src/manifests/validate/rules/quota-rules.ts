import { qualifiedNameProblems } from '../../../objects/names.ts';
import { compareQuantities, parseQuantity, type Quantity } from '../../../objects/quantity.ts';
import type { Cursor } from '../cursor.ts';
import { quantityAt } from './resource-rules.ts';

/** What is counted in whole numbers (helper.IsIntegerResourceName). */
const COUNTED = [
  ...[
    'configmaps',
    'persistentvolumeclaims',
    'pods',
    'replicationcontrollers',
    'resourcequotas',
    'secrets',
    'services',
  ],
  ...['services.loadbalancers', 'services.nodeports'],
];
const POD_COMPUTE = ['cpu', 'limits.cpu', 'limits.memory', 'memory', 'requests.cpu', 'requests.memory'];
/** All that a quota knows without a prefix (helper.IsStandardQuotaResourceName). */
const QUOTA_NAMES: ReadonlySet<string> = new Set([
  ...COUNTED,
  ...POD_COMPUTE,
  ...['ephemeral-storage', 'limits.ephemeral-storage', 'requests.ephemeral-storage', 'requests.storage'],
]);
const HUGE_PAGES = /^(?:requests\.)?hugepages-/;

/** What each scope can be applied to (helper.IsResourceQuotaScopeValidForResource). */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  BestEffort: ['pods'],
  CrossNamespacePodAffinity: ['pods', ...POD_COMPUTE],
  NotBestEffort: ['pods', ...POD_COMPUTE],
  NotTerminating: ['pods', ...POD_COMPUTE],
  PriorityClass: ['pods', ...POD_COMPUTE],
  Terminating: ['pods', ...POD_COMPUTE],
};
const CONFLICTS = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

/** `spec` of a ResourceQuota (core validation, ValidateResourceQuotaSpec). */
export function checkResourceQuota(spec: Cursor): void {
  const hard = spec.get('hard').entries;
  for (const [name, amount] of hard) {
    const problems = qualifiedNameProblems(name);
    for (const message of problems) amount.invalidKey(message);
    const isKnown = name.includes('/') || QUOTA_NAMES.has(name) || HUGE_PAGES.test(name);
    if (problems.length === 0 && !isKnown) {
      amount.invalidKey('must be a standard resource for quota', 'write count/<plural>.<group> for other kinds');
    }
    checkAmount(amount, COUNTED.includes(name) || isExtended(name));
  }
  const names = hard.map(([name]) => name);
  const scopes = spec.get('scopes');
  checkScopes(scopes.items, names);
  const expressions = spec.get('scopeSelector').get('matchExpressions').items;
  checkScopes(
    expressions.map((one) => one.get('scopeName')),
    names,
  );
  for (const expression of expressions) checkExpression(expression);
  checkBounds(spec.get('hard'));
}

/** A quota of requests above that of limits bounds nothing (resourcequotaStrategy, WarningsOnCreate). */
function checkBounds(hard: Cursor): void {
  for (const name of ['cpu', 'memory', 'storage', 'ephemeral-storage']) {
    const isShort = !hard.has(`requests.${name}`) && (name === 'cpu' || name === 'memory');
    const [request, limit] = [isShort ? name : `requests.${name}`, `limits.${name}`];
    const [asked, most] = [quantityAt(hard.get(request)), quantityAt(hard.get(limit))];
    if (asked === undefined || most === undefined || compareQuantities(asked, most) <= 0) continue;
    const [requests, limits] = [`${request} (${hard.get(request).value})`, `${limit} (${hard.get(limit).value})`];
    hard.get(request).warn(`ResourceQuota ${requests} should be less than ${limits}`);
  }
}

/** "count/pods" and devices; what Kubernetes names itself is native. */
function isExtended(name: string): boolean {
  return (
    name.includes('/') &&
    !name.includes('kubernetes.io/') &&
    !name.startsWith('requests.') &&
    !name.includes('.storage.k8s.io/')
  );
}

function checkAmount(amount: Cursor, isWhole: boolean): void {
  const quantity = quantityAt(amount);
  if (quantity === undefined) return;
  if (quantity.nano < 0n) amount.invalid('must be greater than or equal to 0');
  if (isWhole && quantity.nano % 1_000_000_000n !== 0n) amount.invalid('must be an integer');
}

function checkScopes(scopes: readonly Cursor[], names: readonly string[]): void {
  const seen = new Set(scopes.map(({ text }) => text));
  for (const cursor of scopes) {
    const scope = cursor.text;
    if (scope === undefined) continue;
    const fitting = SCOPES[scope];
    const alien = names.find((name) => QUOTA_NAMES.has(name) && fitting?.includes(name) === false);
    if (alien !== undefined) cursor.invalid(`unsupported scope applied to resource ${alien}`);
    const other = CONFLICTS.find((pair) => pair[1] === scope && seen.has(pair[0]));
    if (other !== undefined) cursor.invalid('conflicting scopes', `keep one of ${other.join(' and ')}`);
  }
}

function checkExpression(expression: Cursor): void {
  const [scope, operator, values] = [expression.get('scopeName'), expression.get('operator'), expression.get('values')];
  if (scope.text !== 'PriorityClass' && scope.text !== undefined && operator.text !== 'Exists') {
    operator.invalid(`must be 'Exists' for the scope ${scope.text}`);
  }
  const takesValues = operator.text === 'In' || operator.text === 'NotIn';
  if (takesValues && values.items.length === 0) {
    values.required("must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
  }
  if (!takesValues && values.items.length > 0) {
    values.invalid("must be no value when `operator` is 'Exists' or 'DoesNotExist' for scope selector");
  }
}

const AMOUNTS = ['min', 'default', 'defaultRequest', 'max', 'maxLimitRequestRatio'] as const;
type AmountKind = (typeof AMOUNTS)[number];

/** Which amount may not be greater than which other one, and what Kubernetes calls the two. */
const ORDER: readonly (readonly [
  lesser: AmountKind,
  greater: AmountKind,
  at: AmountKind,
  lesserName: string,
  greaterName: string,
])[] = [
  ['min', 'max', 'min', 'min value', 'max value'],
  ['min', 'defaultRequest', 'defaultRequest', 'min value', 'default request value'],
  ['defaultRequest', 'max', 'defaultRequest', 'default request value', 'max value'],
  ['defaultRequest', 'default', 'defaultRequest', 'default request value', 'default limit value'],
  ['min', 'default', 'default', 'min value', 'default value'],
  ['default', 'max', 'default', 'default value', 'max value'],
];

/** `spec` of a LimitRange (core validation, ValidateLimitRange). */
export function checkLimitRange(spec: Cursor): void {
  const seen = new Set<string>();
  for (const limit of spec.get('limits').items) {
    const type = limit.get('type');
    if (type.text !== undefined && seen.has(type.text)) type.duplicate();
    seen.add(type.text ?? '');
    checkLimit(limit, type.text);
  }
}

function checkLimit(limit: Cursor, type: string | undefined): void {
  const names = new Set(AMOUNTS.flatMap((kind) => limit.get(kind).entries.map(([name]) => name)));
  if (type === 'Pod') {
    for (const kind of ['default', 'defaultRequest']) {
      if (limit.get(kind).entries.length > 0) limit.get(kind).forbidden("may not be specified when `type` is 'Pod'");
    }
  }
  if (type === 'PersistentVolumeClaim' && !limit.get('min').has('storage') && !limit.get('max').has('storage')) {
    limit.required('either minimum or maximum storage value is required, but neither was provided');
  }
  for (const name of names) checkOrder(limit, name);
}

function checkOrder(limit: Cursor, name: string): void {
  const at = (kind: AmountKind) => limit.get(kind).get(name);
  for (const [lesser, greater, place, lesserName, greaterName] of ORDER) {
    const [low, high] = [quantityAt(at(lesser)), quantityAt(at(greater))];
    if (low === undefined || high === undefined || compareQuantities(low, high) <= 0) continue;
    at(place).invalid(`${lesserName} ${at(lesser).value} is greater than ${greaterName} ${at(greater).value}`);
  }
  const ratio = quantityAt(at('maxLimitRequestRatio'));
  if (ratio !== undefined) checkRatio(at('maxLimitRequestRatio'), ratio, quantityAt(at('min')), quantityAt(at('max')));
}

function checkRatio(cursor: Cursor, ratio: Quantity, min: Quantity | undefined, max: Quantity | undefined): void {
  if (compareQuantities(ratio, parseQuantity(1)) < 0) cursor.invalid(`ratio ${cursor.value} is less than 1`);
  if (min === undefined || max === undefined || min.nano <= 0n) return;
  const widest = Number(max.nano) / Number(min.nano);
  if (Number(ratio.nano) / 1e9 > widest) {
    cursor.invalid(`ratio ${cursor.value} is greater than max/min = ${widest.toFixed(6)}`);
  }
}
