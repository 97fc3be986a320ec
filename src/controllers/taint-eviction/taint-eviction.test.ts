import { afterEach, expect, it } from 'vitest';
import type { Node, Pod } from '../../objects/types.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/control-plane.ts';

type Taint = NonNullable<NonNullable<Node['spec']>['taints']>[number];
type Toleration = NonNullable<NonNullable<Pod['spec']>['tolerations']>[number];

let plane: TestControlPlane;
afterEach(() => plane.stop());

const taint = (key: string): Taint => ({ key, value: 'x', effect: 'NoExecute' });
/** Tolerates a taint for so many seconds, for ever without any. */
const tolerate = (key: string, seconds?: number): Toleration => ({
  ...{ key, value: 'x', effect: 'NoExecute' },
  ...(seconds === undefined ? {} : { tolerationSeconds: seconds }),
});

function start(taints: readonly Taint[] = []): void {
  plane = startTestControlPlane();
  plane.client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' }, spec: { taints: [...taints] } });
  // A second one that is well, so that the node controller evicts, too.
  const status = { conditions: [{ type: 'Ready', status: 'True' }] };
  plane.client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'b' }, status });
}

function runPod(name: string, tolerations: readonly Toleration[] = []): void {
  const spec = { nodeName: 'a', containers: [{ name: 'app', image: 'app:1' }], tolerations: [...tolerations] };
  plane.client.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec });
}

function setTaints(...taints: readonly Taint[]): void {
  const node = plane.client.get('Node', { name: 'a' });
  if (node !== undefined) plane.client.update({ ...node, spec: { ...node.spec, taints: [...taints] } });
}

const left = () => plane.client.list('Pod').map(({ metadata }) => metadata.name);

it.each<[rule: string, tolerations: readonly Toleration[], isThereAfter: Readonly<Record<number, boolean>>]>([
  ['goes without a toleration', [], { 1: false }],
  ['stays as long as it tolerates the taint', [tolerate('k', 100)], { 99: true, 101: false }],
  ['stays for ever where it tolerates it for ever', [tolerate('k')], { 100000: true }],
  ['goes where it tolerates something else', [tolerate('other')], { 1: false }],
  ['goes by the shortest of its times', [tolerate('k', 50), tolerate('k', 100)], { 49: true, 51: false }],
])('a pod that comes to a tainted node %s', (_rule, tolerations, isThereAfter) => {
  start([taint('k')]);
  runPod('p', tolerations);
  let nowSeconds = 0;
  for (const [seconds, isThere] of Object.entries(isThereAfter)) {
    plane.advance((Number(seconds) - nowSeconds) * 1_000);
    nowSeconds = Number(seconds);
    expect([nowSeconds, left()]).toEqual([nowSeconds, isThere ? ['p'] : []]);
  }
});

it('a node that is tainted drives away each pod at its own time', () => {
  start();
  runPod('now');
  runPod('soon', [tolerate('k', 10)]);
  runPod('never', [tolerate('k')]);
  plane.advance(60_000);
  expect(left()).toEqual(['never', 'now', 'soon']);
  setTaints(taint('k'));
  plane.advance(1_000);
  expect(left()).toEqual(['never', 'soon']);
  plane.advance(10_000);
  expect(left()).toEqual(['never']);
  setTaints(taint('k'), taint('other'));
  plane.advance(1_000);
  expect(left()).toEqual([]);
});

it.each<[rule: string, then: readonly Taint[], isThere: boolean]>([
  ['stays when the taint goes', [], true],
  ['stays when only a taint is left that it tolerates for ever', [taint('ever')], true],
  ['goes in its time when a taint comes that it tolerates for ever', [taint('k'), taint('ever')], false],
  [
    'goes in its time when the taint changes its effect on new pods only',
    [taint('k'), { key: 'n', effect: 'NoSchedule' }],
    false,
  ],
])('a pod that has to go %s', (_rule, then, isThere) => {
  start([taint('k')]);
  runPod('p', [tolerate('k', 60), tolerate('ever')]);
  plane.advance(30_000);
  setTaints(...then);
  plane.advance(31_000);
  expect(left()).toEqual(isThere ? ['p'] : []);
});

it.each<[rule: string, seconds: number, isThereAfter: Readonly<Record<number, boolean>>]>([
  ['a longer one', 100, { 61: true, 101: false }],
  ['a shorter one', 40, { 39: true, 41: false }],
  ['one that is over already', 10, { 31: false }],
])(
  'a toleration that is changed after 30 of 60 seconds counts from the beginning: %s',
  (_rule, seconds, isThereAfter) => {
    start([taint('k')]);
    runPod('p', [tolerate('k', 60)]);
    plane.advance(30_000);
    const { metadata, spec } = plane.client.get('Pod', { namespace: 'default', name: 'p' }) ?? {};
    const tolerations = (spec?.tolerations ?? []).map((one) =>
      one.key === 'k' ? { ...one, tolerationSeconds: seconds } : one,
    );
    plane.client.update({ apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata }, spec: { ...spec, tolerations } });
    let nowSeconds = 30;
    for (const [after, isThere] of Object.entries(isThereAfter)) {
      plane.advance((Number(after) - nowSeconds) * 1_000);
      nowSeconds = Number(after);
      expect([nowSeconds, left()]).toEqual([nowSeconds, isThere ? ['p'] : []]);
    }
  },
);

it('a node that goes takes its taints with it', () => {
  start([taint('k')]);
  runPod('p', [tolerate('k', 20)]);
  plane.advance(10_000);
  plane.client.delete({ apiVersion: 'v1', kind: 'Node', name: 'a' });
  plane.advance(20_000);
  expect(left()).toEqual(['p']);
});
