import { afterEach, describe, expect, it } from 'vitest';
import { isApiError } from '../../api/api-error.ts';
import { builtInRules } from '../../api/object-rules.ts';
import { createTestRegistry } from '../../api/testing.ts';
import { evictPod } from '../../api/verbs/evict.ts';
import type { Pod, PodDisruptionBudget } from '../../objects/types.ts';
import { startTestControlPlane, type TestControlPlane, testDeployment } from '../testing/control-plane.ts';
import { ago, NOW_MS, podOf, podsOf } from '../testing/objects.ts';
import { type BudgetSnapshot, computeDisruptionBudget } from './compute-disruption-budget.ts';

type Spec = NonNullable<PodDisruptionBudget['spec']>;

function budgetOf(spec: Spec, status?: PodDisruptionBudget['status']): PodDisruptionBudget {
  const metadata = {
    name: 'b',
    namespace: 'default',
    uid: 'b',
    resourceVersion: '1',
    creationTimestamp: ago(60),
    generation: 1,
  };
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec, ...(status && { status }) };
}

describe('computeDisruptionBudget', () => {
  const three = podsOf('web', 3);
  const bad = podOf({ name: 'bad', ready: false });
  it.each<
    [rule: string, spec: Spec, pods: readonly Pod[], scale: BudgetSnapshot['scale'], allowed: number, desired: number]
  >([
    ['minAvailable as a number', { minAvailable: 2 }, three, 3, 1, 2],
    ['pods that are not ready are not available', { minAvailable: 3 }, [...three, bad], 4, 0, 3],
    ['minAvailable in percent of the scale, rounded up', { minAvailable: '50%' }, three, 5, 0, 3],
    ['maxUnavailable as a number', { maxUnavailable: 1 }, three, 3, 1, 2],
    ['maxUnavailable counts what is missing', { maxUnavailable: 1 }, three, 4, 0, 3],
    ['maxUnavailable in percent, rounded up', { maxUnavailable: '30%' }, three, 3, 1, 2],
    ['a scale is needed', { maxUnavailable: 1 }, three, { failure: 'why' }, 0, 0],
    ['but not for a number', { minAvailable: 2 }, three, { failure: 'why' }, 1, 2],
    ['no pods, no disruptions', { minAvailable: 0 }, [], 0, 0, 0],
    [
      'a pod that is being deleted does not count',
      { minAvailable: 1 },
      [podOf({ name: 'a', deleted: true }), ...podsOf('web', 1)],
      2,
      0,
      1,
    ],
  ])('%s', (_rule, spec, pods, scale, allowed, desired) => {
    const status = computeDisruptionBudget({ budget: budgetOf(spec), pods, scale, nowMs: NOW_MS });
    expect([status.disruptionsAllowed, status.desiredHealthy]).toEqual([allowed, desired]);
  });
});

it.each<[rule: string, spec: Spec, ready: number, unready: number, scale: number, numbers: readonly number[]]>([
  ['one pod of seven is there', { maxUnavailable: 2 }, 1, 0, 7, [0, 1, 5, 7]],
  ['one pod of five is there', { maxUnavailable: 2 }, 1, 0, 5, [0, 1, 3, 5]],
  ['30 % of seven rounded up may be away', { maxUnavailable: '30%' }, 1, 0, 7, [0, 1, 4, 7]],
  ['30 % of three rounded up may be away', { maxUnavailable: '30%' }, 1, 0, 3, [0, 1, 2, 3]],
  ['20 % of ten have to be there', { minAvailable: '20%' }, 1, 0, 10, [0, 1, 2, 10]],
  ['34 % of three rounded up have to be there', { minAvailable: '34%' }, 3, 0, 3, [1, 3, 2, 3]],
  ['28 % of two times eleven', { minAvailable: '28%' }, 9, 13, 22, [2, 9, 7, 22]],
  ['28 % of two times eleven, just so', { minAvailable: '28%' }, 7, 15, 22, [0, 7, 7, 22]],
  ['more than all may be away', { maxUnavailable: 5 }, 3, 0, 3, [3, 3, 0, 3]],
  ['more than there are have to be there', { minAvailable: 4 }, 3, 0, 9, [0, 3, 4, 3]],
  ['nobody says how many there should be', { minAvailable: '28%' }, 1, 0, 0, [0, 1, 0, 0]],
])('allowed, healthy, desired and expected when %s', (_rule, spec, ready, unready, scale, numbers) => {
  const bad = Array.from({ length: unready }, (_, index) => podOf({ name: `bad-${index}`, ready: false }));
  const status = computeDisruptionBudget({
    ...{ budget: budgetOf(spec), pods: [...podsOf('web', ready), ...bad] },
    ...{ scale, nowMs: NOW_MS },
  });
  const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = status;
  expect([disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods]).toEqual(numbers);
});

it('keeps the conditions that others have set', () => {
  const other = {
    ...{ type: 'Seen', status: 'True' as const, reason: 'ByMe', message: '' },
    lastTransitionTime: ago(60),
  };
  const before = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0, conditions: [other] };
  const budget = budgetOf({ minAvailable: 1 }, before);
  const { conditions } = computeDisruptionBudget({ budget, pods: [], scale: 0, nowMs: NOW_MS });
  expect(conditions?.map(({ type }) => type)).toEqual(['Seen', 'DisruptionAllowed']);
});

it('counts ended pods among those that there are, as a number of available pods is compared with all', () => {
  const ended = podOf({ name: 'ended', phase: 'Succeeded', ready: false });
  const snapshot = {
    budget: budgetOf({ minAvailable: 1 }),
    pods: [...podsOf('web', 2), ended],
    scale: 2,
    nowMs: NOW_MS,
  };
  expect(computeDisruptionBudget(snapshot)).toMatchObject({
    expectedPods: 3,
    currentHealthy: 2,
    disruptionsAllowed: 1,
  });
});

describe('eviction', () => {
  let plane: TestControlPlane;
  afterEach(() => plane.stop());

  function start(spec: Spec, replicas = 3): void {
    plane = startTestControlPlane();
    plane.client.create(testDeployment('web', { replicas }));
    const selector = { matchLabels: { app: 'web' } };
    plane.client.create({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web', namespace: 'default' },
      spec: { selector, ...spec },
    });
    plane.settle();
  }

  function evictOne(index = 0): string {
    const { name, namespace } = plane.client.list('Pod')[index]?.metadata ?? { name: '' };
    try {
      evictPod(plane.client, { namespace, name }, plane.clock.wallMs());
      return 'evicted';
    } catch (error) {
      if (!isApiError(error)) throw error;
      const { causes, retryAfterSeconds } = error.details;
      const later = retryAfterSeconds === undefined ? '' : ` (again in ${retryAfterSeconds} s)`;
      return `${error.httpStatus} ${causes?.[0]?.message ?? error.message}${later}`;
    }
  }

  it('reckons with the pods that have a controller, and tells of those that have none', () => {
    start({ maxUnavailable: 1 });
    plane.settle();
    const containers = [{ name: 'app', image: 'app:1' }];
    const metadata = { name: 'alone', namespace: 'default', labels: { app: 'web', alone: 'yes' } };
    plane.client.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } });
    plane.settle();
    const budget = plane.client.get('PodDisruptionBudget', { namespace: 'default', name: 'web' });
    expect(budget?.status).toMatchObject({ expectedPods: 3, desiredHealthy: 2, disruptionsAllowed: 2 });
    expect(plane.client.list('Event').map(({ reason }) => reason)).toContain('UnmanagedPods');
  });

  it('tells once that no pod matches, and again when that has become so', () => {
    start({ maxUnavailable: 1 }, 0);
    plane.advance(600_000);
    const told = () => plane.client.list('Event').filter(({ reason }) => reason === 'NoPods');
    expect(told().map(({ type, message, count }) => [type, message, count ?? 1])).toEqual([
      ['Normal', 'No matching pods found', 1],
    ]);
    const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
    for (const replicas of [2, 0]) {
      plane.client.patch(web, 'merge', { spec: { replicas } }, { subresource: 'scale' });
      plane.advance(60_000);
    }
    expect(told().reduce((sum, { count }) => sum + (count ?? 1), 0)).toBe(2);
  });

  it('keeps to the budget, and goes on when the replacement is ready', () => {
    start({ maxUnavailable: 1 });
    expect(evictOne()).toBe('evicted');
    expect(evictOne(1)).toBe('429 The disruption budget web does not allow evicting pods currently');
    plane.settle();
    expect(plane.client.list('Pod')).toHaveLength(3);
    expect(evictOne()).toBe('evicted');
  });

  it('is refused for ever where nothing may be unavailable', () => {
    start({ minAvailable: '100%' });
    expect(evictOne()).toBe('429 The disruption budget web needs 3 healthy pods and has 3 currently');
    expect(plane.client.list('Pod').every(({ metadata }) => metadata.deletionTimestamp === undefined)).toBe(true);
  });

  it.each([
    ['IfHealthyBudget', '429'],
    ['AlwaysAllow', 'evicted'],
  ] as const)(
    'of a pod that is not healthy follows unhealthyPodEvictionPolicy: %s',
    (unhealthyPodEvictionPolicy, outcome) => {
      start({ minAvailable: 3, unhealthyPodEvictionPolicy });
      const [pod] = plane.client.list('Pod');
      if (pod !== undefined) plane.kubelet.setReady(pod, false);
      plane.settle(0);
      expect(evictOne()).toContain(outcome);
    },
  );

  it.each([
    [2, 'SufficientPods'],
    [1, 'InsufficientPods'],
  ])('of %d that may go leaves the budget with %s', (maxUnavailable, reason) => {
    start({ maxUnavailable });
    expect(evictOne()).toBe('evicted');
    const { status } = plane.client.get('PodDisruptionBudget', { namespace: 'default', name: 'web' }) ?? {};
    expect(status?.disruptionsAllowed).toBe(maxUnavailable - 1);
    expect(status?.conditions?.map((condition) => condition.reason)).toEqual([reason]);
  });

  it('takes the pod as the client knows it, and only that one', () => {
    start({ maxUnavailable: 1 });
    const [pod] = plane.client.list('Pod');
    const { name = '', namespace = '', uid = '', resourceVersion = '' } = pod?.metadata ?? {};
    const evict = (preconditions: object) => () =>
      evictPod(plane.client, { namespace, name }, plane.clock.wallMs(), { preconditions });
    for (const wrong of [{ resourceVersion: '1' }, { uid: 'another' }])
      expect(evict(wrong)).toThrow(/Precondition failed/);
    const untouched = plane.client.get('Pod', { namespace, name });
    expect(untouched?.metadata.resourceVersion).toBe(resourceVersion);
    evict({ uid, resourceVersion })();
    expect(plane.client.get('Pod', { namespace, name })).toBeUndefined();
  });

  it('changes nothing in a dry run', () => {
    start({ maxUnavailable: 1 });
    const { revision } = plane.client;
    const { name = '', namespace = '' } = plane.client.list('Pod')[0]?.metadata ?? {};
    evictPod(plane.client, { namespace, name }, plane.clock.wallMs(), { dryRun: true });
    expect(plane.client.revision).toBe(revision);
  });

  it.each([
    ['Pending', 'evicted'],
    ['Succeeded', 'evicted'],
    ['Failed', 'evicted'],
    ['Running', '429'],
  ] as const)('of a pod that is %s asks no budget: %s', (phase, outcome) => {
    start({ maxUnavailable: 0 });
    const [pod] = plane.client.list('Pod');
    if (pod !== undefined) plane.client.updateStatus({ ...pod, status: { ...pod.status, phase } });
    expect(evictOne()).toContain(outcome);
  });

  it('waits until a budget has been looked at', () => {
    start({ maxUnavailable: 1 });
    const budget = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', namespace: 'default', name: 'web' };
    plane.client.patch(budget, 'merge', { spec: { maxUnavailable: 2 } });
    expect(evictOne()).toBe('429 The disruption budget web is still being processed by the server. (again in 10 s)');
  });

  it('is refused while nobody says how many pods there should be, and says why', () => {
    start({ maxUnavailable: 1 }, 0);
    const containers = [{ name: 'app', image: 'app:1' }];
    const template = { metadata: { labels: { app: 'web' } }, spec: { restartPolicy: 'Never', containers } };
    const metadata = { name: 'once', namespace: 'default' };
    plane.client.create({ apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template } });
    plane.settle();
    expect(evictOne()).toBe(
      '429 The disruption budget web does not allow evicting pods currently because it failed sync: ' +
        'jobs.batch does not implement the scale subresource',
    );
    const told = plane.client.list('Event').filter(({ reason }) => reason === 'CalculateExpectedPodCountFailed');
    expect(told.map(({ type, message, count }) => [type, message, count ?? 1])).toEqual([
      [
        'Warning',
        'Failed to calculate the number of expected pods: jobs.batch does not implement the scale subresource',
        1,
      ],
    ]);
  });

  it('is not hindered by a budget whose selector nobody can read, which says so until it is changed', () => {
    const lenient = createTestRegistry({ rules: { ...builtInRules, validateObject: () => [] } });
    const selector = { matchExpressions: [{ key: 'app', operator: 'StartsWith', values: ['w'] }] };
    const metadata = { name: 'web', namespace: 'default' };
    const kind = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' };
    lenient.client.create({ ...kind, metadata, spec: { maxUnavailable: 1, selector } });
    plane = startTestControlPlane({ store: lenient.store });
    plane.client.create(testDeployment('web'));
    plane.advance(600_000);
    const failure = '"StartsWith" is not a valid label selector operator';
    expect(plane.client.get('PodDisruptionBudget', metadata)?.status).toMatchObject({
      ...{ disruptionsAllowed: 0, observedGeneration: 1 },
      conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: failure }],
    });
    const told = plane.client.list('Event').filter(({ involvedObject }) => involvedObject.kind === kind.kind);
    expect(told.map(({ type, reason, message, count }) => [type, reason, message, count ?? 1])).toEqual([
      ['Warning', 'NoPods', `Failed to get pods: ${failure}`, 1],
    ]);
    expect(evictOne()).toBe('evicted');
    plane.client.patch({ ...kind, ...metadata }, 'merge', { spec: { selector: { matchExpressions: null } } });
    plane.settle();
    expect(plane.client.get('PodDisruptionBudget', metadata)?.status?.disruptionsAllowed).toBe(1);
  });

  it('fails for a pod with two budgets', () => {
    start({ maxUnavailable: 1 });
    const spec = { maxUnavailable: 1, selector: {} };
    plane.client.create({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'all', namespace: 'default' },
      spec,
    });
    plane.settle();
    expect(evictOne()).toBe(
      '500 This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  });
});
