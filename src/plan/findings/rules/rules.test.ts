import { describe, expect, it, test } from 'vitest';
import { canonicalJson, type JsonValue } from '../../../lib/json.ts';
import { applyDefaults, formatFieldPath, storageKeyOf } from '../../../objects/index.ts';
import type { KubernetesObject } from '../../../objects/types.ts';
import type { PlannedObject, PlannedObjects } from '../planned-object.ts';
import type { LiveView, Rule, RuleSnapshot } from '../rule.ts';
import { claimedPorts } from './claimed-ports.ts';
import { danglingReferences } from './dangling-references.ts';
import { dataAtRisk } from './data-at-risk.ts';
import { forbiddenPrivileges } from './forbidden-privileges.ts';
import { idleAutoscalers } from './idle-autoscalers.ts';
import { orphanedPods } from './orphaned-pods.ts';
import { plainSecrets } from './plain-secrets.ts';

type Draft = Omit<KubernetesObject, 'metadata'> & {
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
};

function planned(objects: readonly Draft[]): PlannedObjects {
  return new Map(
    objects.map((draft): readonly [string, PlannedObject] => {
      const object = draft as unknown as KubernetesObject;
      const { name, namespace } = object.metadata ?? {};
      const id = {
        apiVersion: object.apiVersion,
        kind: object.kind,
        name: name ?? '',
        ...(namespace === undefined ? {} : { namespace }),
      };
      const key = storageKeyOf(id);
      const one = { key, id, application: 'shop', digest: canonicalJson(object as unknown as JsonValue) };
      const locate = (path: readonly (string | number)[]) => ({ path: formatFieldPath(path) });
      return [key, { ...one, decode: () => object, object: applyDefaults(object), locate }];
    }),
  );
}

function liveOf(objects: readonly Draft[]): LiveView {
  const all = objects as unknown as readonly KubernetesObject[];
  return {
    find: (kind, namespace, name) =>
      all.find((one) => one.kind === kind && one.metadata?.namespace === namespace && one.metadata?.name === name),
    list: (kind, namespace) => all.filter((one) => one.kind === kind && one.metadata?.namespace === namespace),
  };
}

interface Situation {
  readonly before: readonly Draft[];
  readonly after: readonly Draft[];
  readonly live?: readonly Draft[];
  readonly isReplaced?: boolean;
}

function find(rule: Rule, { before, after, live, isReplaced = false }: Situation): readonly string[] {
  const old = planned(before);
  const snapshot: RuleSnapshot = {
    objects: planned(after),
    before: old,
    live: live === undefined ? undefined : liveOf(live),
    replaced: new Set(isReplaced ? old.keys() : []),
    existsLive: () => false,
    podsOf: () => 2,
  };
  return rule(snapshot).map(({ severity, object, message }) => `${severity} ${object}: ${message}`);
}

const claim = (volumeName = '', name = 'data', more: object = {}): Draft => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace: 'shop' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, volumeName, ...more },
});
const volume = (policy: 'Delete' | 'Retain', phase = 'Bound', name = 'pv-1'): Draft => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: {
    persistentVolumeReclaimPolicy: policy,
    ...(phase === 'Available' ? {} : { claimRef: { namespace: 'shop', name: 'data' } }),
  },
  status: { phase },
});
const set = (replicas: number, retention: object = {}, more: object = {}): Draft => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db', namespace: 'shop' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'db' } },
    template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'db', image: 'db:1' }] } },
    volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }],
    persistentVolumeClaimRetentionPolicy: retention,
    ...more,
  },
});
const namespace = (labels: Readonly<Record<string, string>> = {}): Draft => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', labels },
});

describe('data at risk of a claim that goes', () => {
  const gone = 'PersistentVolumeClaim/shop/data: the claim is deleted';
  test.each<readonly [string, readonly Draft[] | undefined, readonly string[]]>([
    ['what nobody knows counts as lost', undefined, [`error ${gone}, and the data of its volume with it`]],
    [
      'its volume is deleted',
      [claim('pv-1'), volume('Delete')],
      [`error ${gone}, and the data of its volume pv-1 with it`],
    ],
    [
      'its volume is retained',
      [claim('pv-1'), volume('Retain')],
      [`warning ${gone}; its volume pv-1 is retained and is not bound again by itself`],
    ],
    ['it was never bound', [claim()], [`info ${gone}; it was never bound, so that no data goes with it`]],
    ['it is not there', [], []],
  ])('%s', (_, live, expected) => {
    expect(find(dataAtRisk, { before: [claim()], after: [], ...(live === undefined ? {} : { live }) })).toEqual(
      expected,
    );
  });

  it('is none where its annotation keeps it', () => {
    const kept = {
      ...claim(),
      metadata: {
        name: 'data',
        namespace: 'shop',
        annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' },
      },
    };
    expect(find(dataAtRisk, { before: [kept], after: [] })).toEqual([]);
  });

  it('is the same for one that is deleted and made anew', () => {
    const live = [claim('pv-1'), volume('Delete')];
    expect(
      find(dataAtRisk, {
        before: [claim()],
        after: [claim('', 'data', { storageClassName: 'x' })],
        live,
        isReplaced: true,
      }),
    ).toEqual([
      'error PersistentVolumeClaim/shop/data: the claim is deleted and made anew, and the data of its volume pv-1 with it',
    ]);
  });

  it('asks its class or volume where only those are known', () => {
    const kept: Draft = {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'kept' },
      provisioner: 'x',
      reclaimPolicy: 'Retain',
    };
    const bound = claim('', 'data', { storageClassName: 'kept' });
    expect(find(dataAtRisk, { before: [kept, bound], after: [kept] })).toEqual([
      `warning ${gone}; its volume is retained and is not bound again by itself`,
    ]);
  });
});

describe('data at risk of a volume', () => {
  const gone = 'PersistentVolume/pv-1: the volume is deleted';
  test.each<readonly [string, readonly Draft[] | undefined, readonly string[]]>([
    ['nobody knows', undefined, [`error ${gone}; what a claim has on it is no longer reached`]],
    ['is bound', [volume('Retain')], [`error ${gone}; what the claim shop/data has on it is no longer reached`]],
    [
      'was left',
      [volume('Retain', 'Released')],
      [`warning ${gone}; what the claim shop/data had left on it is no longer reached`],
    ],
    ['was never used', [volume('Retain', 'Available')], []],
    ['is not there', [], []],
  ])('that %s and goes', (_, live, expected) => {
    const situation = { before: [volume('Retain')], after: [], ...(live === undefined ? {} : { live }) };
    expect(find(dataAtRisk, situation)).toEqual(expected);
  });

  const becomes = 'PersistentVolume/pv-1: its reclaim policy becomes Delete';
  test.each<readonly [string, readonly Draft[] | undefined, readonly string[]]>([
    ['nobody knows', undefined, [`warning ${becomes}: data that was retained goes with its claim from now on`]],
    ['is bound', [volume('Retain')], [`warning ${becomes}: data that was retained goes with its claim from now on`]],
    [
      'was left',
      [volume('Retain', 'Released')],
      [`error ${becomes}: its claim has gone already, so that its data is deleted at once`],
    ],
    ['was never used', [volume('Retain', 'Available')], []],
  ])('that %s and is no longer retained', (_, live, expected) => {
    const situation = {
      before: [volume('Retain')],
      after: [volume('Delete')],
      ...(live === undefined ? {} : { live }),
    };
    expect(find(dataAtRisk, situation)).toEqual(expected);
  });

  it('is told of a class that no longer retains, and not of one that begins to', () => {
    const storageClass = (reclaimPolicy: string): Draft => ({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'kept' },
      provisioner: 'x',
      reclaimPolicy,
    });
    expect(find(dataAtRisk, { before: [storageClass('Retain')], after: [storageClass('Delete')] })).toEqual([
      'warning StorageClass/kept: its reclaim policy becomes Delete: data on volumes that are made from now on goes with their claims',
    ]);
    expect(find(dataAtRisk, { before: [storageClass('Delete')], after: [storageClass('Retain')] })).toEqual([]);
  });
});

describe('data at risk of a StatefulSet', () => {
  const policy = 'persistentVolumeClaimRetentionPolicy.whenDeleted deletes the claims of its pods with it';
  const live = [
    claim('pv-0', 'data-db-0'),
    claim('pv-1', 'data-db-1'),
    claim('', 'data-db-2'),
    claim('pv-9', 'data-other-0'),
    volume('Delete', 'Bound', 'pv-0'),
    volume('Retain', 'Bound', 'pv-1'),
  ];
  test.each<readonly [string, Situation, readonly string[]]>([
    [
      'goes and keeps its claims',
      { before: [set(3)], after: [] },
      ['warning StatefulSet/shop/db: it is deleted; the claims of its pods stay and are no longer declared anywhere'],
    ],
    [
      'goes and keeps those that have data',
      { before: [set(3)], after: [], live },
      [
        'warning StatefulSet/shop/db: it is deleted; the claims data-db-0, data-db-1 stay and are no longer declared anywhere',
      ],
    ],
    ['goes and has none', { before: [set(3)], after: [], live: [] }, []],
    [
      'goes with its claims',
      { before: [set(3, { whenDeleted: 'Delete' })], after: [] },
      [`error StatefulSet/shop/db: it is deleted, and ${policy}`],
    ],
    [
      'goes with its claims, one of which loses data',
      { before: [set(3, { whenDeleted: 'Delete' })], after: [], live },
      [`error StatefulSet/shop/db: it is deleted, and ${policy}, the data of the claim data-db-0 included`],
    ],
    [
      'goes with its claims, all of which are retained',
      {
        before: [set(3, { whenDeleted: 'Delete' })],
        after: [],
        live: live.slice(1).filter(({ metadata }) => metadata.name !== 'pv-0'),
      },
      [`warning StatefulSet/shop/db: it is deleted, and ${policy}; the volumes of the claim data-db-1 are retained`],
    ],
    [
      'is made anew and keeps its claims',
      { before: [set(3)], after: [set(3, {}, { serviceName: 'x' })], live, isReplaced: true },
      [
        'info StatefulSet/shop/db: it is deleted and made anew; the claims data-db-0, data-db-1 stay and are taken up again',
      ],
    ],
    ['shrinks and keeps its claims', { before: [set(3)], after: [set(1)], live }, []],
    [
      'shrinks with its claims',
      { before: [set(3, { whenScaled: 'Delete' })], after: [set(0, { whenScaled: 'Delete' })], live },
      [
        'error StatefulSet/shop/db: it is scaled from 3 to 0, and persistentVolumeClaimRetentionPolicy.whenScaled deletes the claims of the pods that go: the claim data-db-0',
      ],
    ],
    [
      'shrinks by pods whose volumes are retained',
      { before: [set(3, { whenScaled: 'Delete' })], after: [set(1, { whenScaled: 'Delete' })], live },
      [
        'warning StatefulSet/shop/db: it is scaled from 3 to 1, and persistentVolumeClaimRetentionPolicy.whenScaled deletes the claims of the pods that go; the volumes of the claim data-db-1 are retained',
      ],
    ],
    [
      'shrinks by pods that never had any',
      { before: [set(3, { whenScaled: 'Delete' })], after: [set(2, { whenScaled: 'Delete' })], live },
      [],
    ],
  ])('that %s', (_, situation, expected) => {
    expect(find(dataAtRisk, situation)).toEqual(expected);
  });
});

it('a namespace that goes is an error where claims lose data with it', () => {
  const everything = 'Namespace/shop: the namespace is deleted with everything in it, whoever made it';
  const situation = { before: [namespace()], after: [] };
  expect(find(dataAtRisk, situation)).toEqual([`error ${everything}`]);
  expect(find(dataAtRisk, { ...situation, live: [claim()] })).toEqual([`warning ${everything}`]);
  expect(find(dataAtRisk, { ...situation, live: [claim('pv-1'), volume('Delete')] })).toEqual([
    `error ${everything}, and the data of the claim data`,
  ]);
});

const workload = (kind: string, name: string, container: object = {}, pod: object = {}, spec: object = {}): Draft => ({
  apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1',
  kind,
  metadata: { name, namespace: 'shop' },
  spec: {
    ...spec,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'app', image: 'app:1', ...container }], ...pod },
    },
  },
});

describe('a port that two objects claim', () => {
  const port = (hostPort: number, more: object = {}) => ({ ports: [{ containerPort: 80, hostPort, ...more }] });
  test.each<readonly [string, readonly Draft[], readonly string[]]>([
    [
      'is an error of the second',
      [workload('Deployment', 'a', port(80)), workload('DaemonSet', 'b', port(80))],
      ['error Deployment/shop/a: host port 80/TCP is claimed by DaemonSet/shop/b, too'],
    ],
    [
      'is none with another protocol',
      [workload('Deployment', 'a', port(53)), workload('Deployment', 'b', port(53, { protocol: 'UDP' }))],
      [],
    ],
    [
      'is none on another address',
      [
        workload('Deployment', 'a', port(80, { hostIP: '127.0.0.1' })),
        workload('Deployment', 'b', port(80, { hostIP: '127.0.0.2' })),
      ],
      [],
    ],
    [
      "is each of a pod in the machine's network",
      [
        workload('Deployment', 'a', { ports: [{ containerPort: 80 }] }, { hostNetwork: true }),
        workload('Deployment', 'b', port(80)),
      ],
      ['error Deployment/shop/b: host port 80/TCP is claimed by Deployment/shop/a, too'],
    ],
    [
      'is none of a workload without pods',
      [workload('Deployment', 'a', port(80)), workload('Deployment', 'b', port(80), {}, { replicas: 0 })],
      [],
    ],
    [
      'may be claimed by two containers of one pod',
      [
        workload(
          'Deployment',
          'a',
          {},
          {
            containers: [
              { name: 'x', image: 'x', ...port(80) },
              { name: 'y', image: 'y', ...port(80) },
            ],
          },
        ),
      ],
      ['error Deployment/shop/a: two containers claim host port 80/TCP'],
    ],
  ])('%s', (_, objects, expected) => {
    expect(find(claimedPorts, { before: [], after: objects })).toEqual(expected);
  });
});

describe('privileges beyond the level of a namespace', () => {
  const privileged = workload('Deployment', 'a', { securityContext: { privileged: true } });
  const what = 'Deployment/shop/a: privileged (container "app" must not set securityContext.privileged=true)';
  const label = (mode: string, level: string) => ({ [`pod-security.kubernetes.io/${mode}`]: level });
  test.each<readonly [string, Readonly<Record<string, string>>, readonly string[]]>([
    ['are allowed without one', {}, []],
    [
      'are errors where it is enforced',
      label('enforce', 'baseline'),
      [
        `error ${what}: forbidden by the level baseline, which the namespace shop enforces, so that its pods are refused`,
      ],
    ],
    [
      'are warnings where it warns',
      label('warn', 'baseline'),
      [`warning ${what}: forbidden by the level baseline, which the namespace shop warns about`],
    ],
    [
      'are warnings where it audits',
      label('audit', 'baseline'),
      [`warning ${what}: forbidden by the level baseline, which the namespace shop audits`],
    ],
    [
      'are told once where it does all three',
      { ...label('enforce', 'baseline'), ...label('warn', 'baseline'), ...label('audit', 'baseline') },
      [
        `error ${what}: forbidden by the level baseline, which the namespace shop enforces, so that its pods are refused`,
      ],
    ],
  ])('%s', (_, labels, expected) => {
    expect(find(forbiddenPrivileges, { before: [], after: [namespace(labels), privileged] })).toEqual(expected);
  });

  it('count where only the box has the namespace', () => {
    const live = [namespace(label('enforce', 'restricted'))];
    const found = find(forbiddenPrivileges, { before: [], after: [privileged], live });
    expect(found).toContain(
      `error ${what}: forbidden by the level restricted, which the namespace shop enforces, so that its pods are refused`,
    );
    expect(found).toHaveLength(5);
  });
});

describe('a selector that changes', () => {
  const other = { ...workload('Deployment', 'a'), spec: { ...(workload('Deployment', 'b').spec as object) } };
  it('orphans the pods that run', () => {
    expect(find(orphanedPods, { before: [workload('Deployment', 'a')], after: [other] })).toHaveLength(1);
  });
  it('orphans nothing where the object is deleted and made anew: its pods go with it', () => {
    expect(find(orphanedPods, { before: [workload('Deployment', 'a')], after: [other], isReplaced: true })).toEqual([]);
  });
  it('orphans pods of a ReplicationController, which takes it', () => {
    const controller = (app: string): Draft => ({
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'a', namespace: 'shop' },
      spec: { selector: { app }, template: { metadata: { labels: { app } }, spec: { containers: [] } } },
    });
    expect(find(orphanedPods, { before: [controller('a')], after: [controller('b')] })).toEqual([
      'error ReplicationController/shop/a: its selector changes: the 2 pods that run belong to nobody from then on',
    ]);
  });
});

describe('a ConfigMap that a change deletes', () => {
  const page = (name = 'page', annotations: object = {}): Draft => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop', annotations },
  });
  const reader = (kind: string, source: object = {}): Draft => ({
    apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      template: { spec: { containers: [], volumes: [{ name: 'page', configMap: { name: 'page', ...source } }] } },
    },
  });
  const waits =
    'its running pods go on, as it is pruned only after the rollout is healthy, but the next pod of it waits for ever';
  const what = 'the change deletes ConfigMap "page" in the namespace shop, and it refers to it';
  const live = [page(), reader('Deployment')];

  test.each<readonly [string, Situation, readonly string[]]>([
    [
      'is missed by a Deployment that the loading of manifests looks at, too',
      { before: [page(), reader('Deployment')], after: [reader('Deployment')], live },
      [`error Deployment/shop/web: ${what}: ${waits}`],
    ],
    [
      'is missed without knowledge of what runs',
      { before: [page(), reader('Deployment')], after: [reader('Deployment')] },
      [`error Deployment/shop/web: ${what}: ${waits}`],
    ],
    [
      'is missed under its old name where it is renamed',
      { before: [page(), reader('StatefulSet')], after: [page('page2'), reader('StatefulSet')] },
      [`error StatefulSet/shop/web: ${what}: ${waits}`],
    ],
    [
      'is a warning where the reference is optional',
      { before: [page()], after: [reader('Deployment', { optional: true })] },
      [`warning Deployment/shop/web: ${what}: the reference is optional, so its next pods start without it`],
    ],
    [
      'is missed by what somebody made by hand',
      { before: [page()], after: [], live },
      [
        `error ConfigMap/shop/page: the change deletes it, and Deployment/shop/web on the box refers to it (spec.template.spec.volumes[0].configMap.name): ${waits}`,
      ],
    ],
    ['goes with what reads it', { before: [page(), reader('Deployment')], after: [], live }, []],
    ['goes with its namespace', { before: [page(), namespace()], after: [], live }, []],
    [
      'stays where its annotation keeps it',
      {
        before: [page('page', { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' })],
        after: [reader('Deployment')],
        live,
      },
      [],
    ],
    [
      'is of no matter to a Job that is over',
      {
        before: [page()],
        after: [reader('Job')],
        live: [{ ...reader('Job'), status: { conditions: [{ type: 'Complete', status: 'True' }] } }],
      },
      [],
    ],
  ])('%s', (_, situation, expected) => {
    expect(find(danglingReferences, situation)).toEqual(expected);
  });
});

describe('secret values that are no Secret', () => {
  const fieldsOf = (object: Draft) => find(plainSecrets, { before: [], after: [object] });
  const configMap = (data: object, annotations: object = {}): Draft => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace: 'shop', annotations },
    data,
  });
  const pod = (container: object): Draft => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'shop' },
    spec: { containers: [{ name: 'app', image: 'web:1', ...container }] },
  });

  test.each([
    ['a URL of a ConfigMap', configMap({ DB_URL: 'postgres://u:pw@h' }), 'a password in a URL'],
    ['a private key', configMap({ k: '-----BEGIN RSA PRIVATE KEY-----\nMII\n' }), 'a private key'],
    ['a telling key', configMap({ password: 'hunter2' }), 'the key password'],
    ['an annotation', configMap({}, { a: `ghp_${'a1'.repeat(18)}` }), 'a token of GitHub'],
    ['a variable', pod({ env: [{ name: 'DATABASE_URL', value: 'postgres://u:hunter2@db/x' }] }), 'a password in a URL'],
    ['a flag', pod({ args: ['--password=hunter2'] }), 'the value of --password'],
    ['a flag and its value', pod({ command: ['app', '--api-token', 'hunter2'] }), 'the value of --api-token'],
  ])('%s is warned of once', (_, object, message) => {
    const found = fieldsOf(object);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  test('what only resembles one is not', () => {
    const data = { url: 'postgres://$(USER):$(PASSWORD)@db', site: 'http://web:8080/@me', token: '$(TOKEN)' };
    expect(fieldsOf(configMap({ ...data, cert: '-----BEGIN CERTIFICATE-----\nMII\n' }))).toEqual([]);
    expect(fieldsOf(pod({ args: ['--token', '--password=$(PW)', '--api-key=/run/key', '--token-file=x'] }))).toEqual(
      [],
    );
  });
});

describe('autoscalers', () => {
  const autoscaler = (name: string, target: string, apiVersion = 'autoscaling/v2'): Draft => {
    const [kind = '', to = ''] = target.split('/');
    const group = kind === 'ReplicationController' ? 'v1' : 'apps/v1';
    const scaleTargetRef = { apiVersion: kind === 'Widget' ? 'example.org/v1' : group, kind, name: to };
    return {
      apiVersion,
      kind: 'HorizontalPodAutoscaler',
      metadata: { name, namespace: 'shop' },
      spec: { scaleTargetRef },
    };
  };
  const idle = (name: string, other: string, target: string) =>
    `error HorizontalPodAutoscaler/shop/${name}: HorizontalPodAutoscaler/shop/${other} scales ${target}, too: neither of them does it by its metrics`;
  const old = autoscaler('z', 'Deployment/web');
  const fresh = autoscaler('a', 'Deployment/web');
  it.each<[what: string, situation: Situation, findings: readonly string[]]>([
    ['each of its own workload', { before: [], after: [old, autoscaler('a', 'Deployment/other')] }, []],
    ['two of one workload', { before: [old], after: [old, fresh] }, [idle('a', 'z', 'Deployment/shop/web')]],
    [
      'in whatever versions',
      { before: [], after: [old, autoscaler('a', 'Deployment/web', 'autoscaling/v1')] },
      [idle('z', 'a', 'Deployment/shop/web')],
    ],
    ['one takes the place of another', { before: [old], after: [fresh], live: [old] }, []],
    [
      'one that was made by hand',
      { before: [], after: [fresh], live: [autoscaler('other', 'Deployment/api'), old] },
      [idle('a', 'z', 'Deployment/shop/web')],
    ],
    [
      'of a kind without replicas',
      { before: [], after: [autoscaler('a', 'DaemonSet/log')] },
      ['error HorizontalPodAutoscaler/shop/a: a DaemonSet has no number of replicas that it could set'],
    ],
    ['of one that has them', { before: [], after: [autoscaler('a', 'ReplicationController/old')] }, []],
    ['of one that nobody knows', { before: [], after: [autoscaler('a', 'Widget/x'), autoscaler('b', 'Widget/x')] }, []],
  ])('%s', (_what, situation, findings) => {
    expect(find(idleAutoscalers, situation)).toEqual(findings);
  });
});
