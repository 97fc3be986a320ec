import { describe, expect, it, test } from 'vitest';
import type { NodeCapacity } from '../../report/index.ts';
import type { Rehearsal, RehearsedWorkload } from './rehearse.ts';
import { rolloutFindings } from './rollout-findings.ts';

function workload(over: Partial<RehearsedWorkload> = {}): RehearsedWorkload {
  return {
    object: 'Deployment/shop/web',
    kind: 'Deployment',
    namespace: 'shop',
    name: 'web',
    outcome: 'stuck',
    wantedReplicas: 2,
    replicasBefore: 2,
    finalReplicas: 3,
    finalReady: 2,
    readyBefore: 2,
    lowestReady: 2,
    phases: [],
    timeline: [],
    omittedSamples: 0,
    images: [],
    unobserved: [],
    isMoved: true,
    requests: { cpu: '2' },
    held: { cpu: '2030m' },
    surges: true,
    ...over,
  };
}

function find(one: RehearsedWorkload, over: Partial<Rehearsal> = {}): readonly string[] {
  const nothing = { plans: [], services: [], capacity: [], warnings: [], virtualMs: 0, firedTimers: 0, pods: 0 };
  const rehearsal: Rehearsal = { ...nothing, livePods: 0, leftOut: 0, maxPods: 110, workloads: [one], ...over };
  return rolloutFindings(rehearsal).map(
    ({ severity, code, message, help }) => `${severity} ${code}: ${message} | ${help}`,
  );
}

const cpu = (after: string, allocatable = '4'): NodeCapacity[] => [
  { node: 'box1', resource: 'cpu', allocatable, before: '30m', after, peak: after },
  { node: 'box1', resource: 'memory', allocatable: '8Gi', before: '0', after: '0', peak: '0' },
];
const NO_CPU = '0/1 nodes are available: 1 Insufficient cpu';

describe('a rollout that waits for room', () => {
  it('says what is missing on which node, and how it may fit beside the old pods', () => {
    expect(find(workload({ reason: NO_CPU }), { capacity: cpu('2030m') })).toEqual([
      `error Unschedulable: its rollout waits for ever: ${NO_CPU}; each pod asks for cpu 2, and box1 has 1970m of 4 free | the new pod has to fit beside the old ones: set maxSurge: 0 with maxUnavailable: 1, or lower the requests`,
    ]);
  });

  test.each<readonly [string, Partial<RehearsedWorkload>, readonly NodeCapacity[], string]>([
    ['nothing has to go first', { lowestReady: 0 }, cpu('2030m'), 'lower the requests, or make room on the node'],
    [
      'no node is large enough',
      { requests: { cpu: '5' } },
      cpu('30m'),
      'no node of the box is that large: lower the requests',
    ],
    ['it has no surge already', { surges: false }, cpu('2030m'), 'lower the requests, or make room on the node'],
    [
      'its pods do not fit when the old ones have gone either',
      { wantedReplicas: 3 },
      cpu('2030m'),
      '3 pods × cpu 2 = 6, and the box has 4 for them: lower the requests or the replicas',
    ],
    ['nobody knows the node', { lowestReady: 0 }, [], 'lower the requests, or make room on the node'],
  ])('gives another advice where %s', (_, over, capacity, help) => {
    expect(find(workload({ reason: NO_CPU, ...over }), { capacity })[0]).toContain(`| ${help}`);
  });
});

test.each<readonly [string, string, string]>([
  [
    "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports",
    'PortClaimed',
    'the old pod holds the port',
  ],
  ['0/1 nodes are available: persistentvolumeclaim "data" not found', 'Unschedulable', 'declare the claim'],
  [
    "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector",
    'Unschedulable',
    'correct nodeSelector',
  ],
  ["0/1 nodes are available: 1 node(s) didn't match pod affinity rules", 'Unschedulable', 'correct podAffinity'],
  [
    "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules",
    'Unschedulable',
    'correct podAffinity or podAntiAffinity',
  ],
  [
    "0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints",
    'Unschedulable',
    'correct topologySpreadConstraints',
  ],
  ['0/1 nodes are available: 1 node(s) had untolerated taint {a: b}', 'Unschedulable', 'tolerations'],
  ['web: CreateContainerConfigError: secret "nowhere" not found', 'ReferenceMissing', 'add what the container reads'],
  [
    'MountVolume.SetUp failed for volume "page" : configmap "page" not found',
    'ReferenceMissing',
    'add what the volume holds',
  ],
  ["web: CreateContainerConfigError: couldn't find key a in ConfigMap shop/page", 'ReferenceMissing', 'add what the'],
  ['web: ErrImagePull: manifest unknown', 'ImageMissing', ''],
  ['0 of 2 new pods are ready, and nothing more happens', 'RolloutStuck', ''],
])('%j is %s', (reason, code, help) => {
  const [finding] = find(workload({ reason }));
  expect(finding).toContain(`error ${code}: its rollout waits for ever: ${reason}`);
  expect(finding?.split(' | ')[1]).toContain(help);
});

it('what the change did not move is only a warning, and what runs to its end is none', () => {
  expect(find(workload({ isMoved: false, reason: NO_CPU }))[0]).toMatch(/^warning .*the change does not mend that/);
  expect(find(workload({ kind: 'Job', reason: NO_CPU }))).toEqual([]);
});

test.each([
  ['violates PodSecurity "baseline:latest": privileged (…)', 'PrivilegeForbidden'],
  ['exceeded quota: small', 'QuotaExceeded'],
  ['something else', 'RolloutStuck'],
])('pods that cannot be created for %j are told once, of their workload', (message, code) => {
  const warnings = ['web-7f', 'web-8a'].map((name) => ({
    object: `ReplicaSet/shop/${name}`,
    reason: 'FailedCreate',
    message,
    wasBefore: false,
  }));
  expect(find(workload({ reason: 'none of 2 new pods' }), { warnings })).toEqual([
    expect.stringContaining(`error ${code}: its pods cannot be created: ${message}`),
  ]);
});

const refused = { object: 'ReplicaSet/shop/web-7f', reason: 'FailedCreate', message: 'exceeded quota: small' };

test('pods that could not be created before the change either are only a warning', () => {
  expect(find(workload({ reason: 'none' }), { warnings: [{ ...refused, wasBefore: true }] })).toEqual([
    expect.stringContaining(
      'warning QuotaExceeded: its pods cannot be created, and the change does not mend that: exceeded quota: small',
    ),
  ]);
});

test('pods that could not be created for a while, of a rollout that ends, are no finding', () => {
  const warnings = [{ ...refused, wasBefore: false }];
  expect(find(workload({ outcome: 'stable' }), { warnings })).toEqual([]);
  const other = { ...refused, object: 'ReplicaSet/shop/web-api-7f', wasBefore: false };
  expect(find(workload({ outcome: 'stable' }), { warnings: [other] })).toEqual([
    expect.stringContaining('error QuotaExceeded'),
  ]);
});

test('more pods than a node takes are told with their number, at replicas', () => {
  const one = workload({ reason: '0/1 nodes are available: 1 Too many pods', wantedReplicas: 500, finalReplicas: 500 });
  expect(find(one)[0]).toContain(
    '| a node of the box takes 110 pods, all workloads together, and this one asks for 500: lower the replicas, or minReplicas of what scales it',
  );
});

describe('a Service that loses its pods', () => {
  const lost = { service: 'Service/shop/web', readyBefore: 2, lowestReady: 0, readyAfter: 0 };
  const planned = (
    action: 'deleted' | 'replaced',
    id: { readonly kind: string; readonly name: string },
  ): Rehearsal['plans'] => [
    {
      application: 'shop',
      path: '.',
      changes: [{ action, id: { apiVersion: 'v1', ...id }, fields: [], ceded: [] }],
      problems: [],
      loadProblems: [],
      omittedProblems: 0,
    },
  ];
  const web = { kind: 'Deployment', namespace: 'shop', name: 'web' };
  const down = workload({ outcome: 'stable', lowestReady: 0 });
  const gone = workload({ outcome: 'stable', lowestReady: 0, finalReplicas: 0, finalReady: 0 });
  const stuck = workload({ kind: 'Job', lowestReady: 0, finalReady: 0 });

  test.each<readonly [string, RehearsedWorkload, number, Rehearsal['plans'], string]>([
    [
      'is deleted',
      workload({ outcome: 'stable' }),
      0,
      planned('deleted', { ...web, kind: 'Service' }),
      'the change deletes it',
    ],
    [
      'goes with its namespace',
      gone,
      0,
      planned('deleted', { kind: 'Namespace', name: 'shop' }),
      'the change deletes it',
    ],
    ['selects other pods', workload({ outcome: 'stable' }), 0, [], 'ready pods stay, and it does not lead to them'],
    ['has pods that are replaced by force', down, 2, planned('replaced', web), 'force deletes Deployment/shop/web and'],
    ['has no pods left', gone, 0, [], 'no pod of Deployment/shop/web is left'],
    ['has pods that do not come back', stuck, 0, [], 'mend what keeps Deployment/shop/web from'],
    ['has pods that all stop before new ones start', down, 2, [], 'keep old pods until new ones are ready'],
  ])('says what helps where it %s', (_, one, readyAfter, plans, help) => {
    expect(find(one, { services: [{ ...lost, readyAfter }], plans })).toEqual([expect.stringContaining(`| ${help}`)]);
  });
});
