import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../lib/json.ts';
import { formatFieldPath } from '../objects/field-problem.ts';
import type { KubernetesObject, Pod, StoredObject } from '../objects/types.ts';
import { describeImmutable } from './describe-immutable.ts';
import { hideNamedValues } from './hide-secrets.ts';
import {
  compareForApply,
  compareForPrune,
  computeHealth,
  countChanges,
  diffObjects,
  explainWorkload,
  formatCounts,
  HIDDEN_VALUE,
  type InventoryEntry,
  objectBody,
  readPolicies,
  selectPruned,
} from './index.ts';

const NOW_MS = Date.UTC(2026, 0, 1, 12);

function stored(fields: Record<string, unknown>): StoredObject {
  const { metadata, ...rest } = fields as { metadata?: object };
  return deepFreeze({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      generation: 2,
      ...metadata,
    },
    ...rest,
  }) as StoredObject;
}

describe('diffObjects', () => {
  const container = (name: string, image: string) => ({ name, image });
  const deployment = (containers: object[], extra: object = {}) => ({
    kind: 'Deployment',
    metadata: { name: 'web', resourceVersion: '1', managedFields: [{ manager: 'a' }] },
    spec: { replicas: 2, containers, ...extra },
  });
  const show = (before: object, after: object) =>
    diffObjects(before, after).map(({ path, before: old, after: now }) => [formatFieldPath(path), old, now]);

  it('names only the fields that differ, by their path', () => {
    expect(show(deployment([container('a', 'x:1')]), deployment([container('a', 'x:2')], { paused: true }))).toEqual([
      ['spec.containers[0].image', 'x:1', 'x:2'],
      ['spec.paused', undefined, true],
    ]);
  });

  it('matches list items by name, so that an inserted one is one change', () => {
    const before = deployment([container('a', 'x:1'), container('b', 'y:1')]);
    const after = deployment([container('new', 'z:1'), container('a', 'x:1'), container('b', 'y:2')]);
    expect(show(before, after)).toEqual([
      ['spec.containers[0]', undefined, container('new', 'z:1')],
      ['spec.containers[2].image', 'y:1', 'y:2'],
    ]);
    expect(show(after, before)[0]).toEqual(['spec.containers[0]', container('new', 'z:1'), undefined]);
  });

  it('leaves out status and what the server keeps', () => {
    const before = { ...deployment([]), status: { replicas: 1 } };
    const after = {
      ...deployment([]),
      metadata: { name: 'web', resourceVersion: '9', generation: 4 },
      status: { replicas: 2 },
    };
    expect(show(before, after)).toEqual([]);
  });

  it('hides the values of Secrets and keeps their keys', () => {
    const secret = (data?: object) => ({
      kind: 'Secret',
      metadata: { name: 's' },
      ...(data === undefined ? {} : { data }),
    });
    expect(show(secret({ a: 'QQ==', b: 'Qg==' }), secret({ a: 'Qw==', b: 'Qg==' }))).toEqual([
      ['data.a', '(hidden)', '(hidden)'],
    ]);
    expect(show(secret(), secret({ a: 'QQ==' }))).toEqual([['data', undefined, { a: '(hidden)' }]]);
  });

  it('is empty for an object and itself, whatever it is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        expect(diffObjects(object, structuredClone(object))).toEqual([]);
      }),
      { seed: 1 },
    );
  });
});

describe('order', () => {
  const ids = ['Ingress', 'Deployment', 'Widget', 'Service', 'Namespace', 'ConfigMap'].map((kind) => ({
    kind,
    name: 'x',
  }));

  it('applies what others refer to first and prunes it last', () => {
    const applied = [...ids].sort(compareForApply).map(({ kind }) => kind);
    expect(applied).toEqual(['Namespace', 'ConfigMap', 'Service', 'Deployment', 'Widget', 'Ingress']);
    expect([...ids].sort(compareForPrune).map(({ kind }) => kind)).toEqual([...applied].reverse());
  });
});

describe('inventory', () => {
  it('selects what is no longer declared, users before the used', () => {
    const entry = (kind: string): InventoryEntry => ({
      apiVersion: 'v1',
      kind,
      namespace: 'shop',
      name: 'x',
      digest: '',
      uid: '',
    });
    const inventory = new Map(['Service', 'ConfigMap', 'Deployment'].map((kind) => [kind, entry(kind)]));
    expect(selectPruned(inventory, new Set(['Service'])).map(({ kind }) => kind)).toEqual(['Deployment', 'ConfigMap']);
  });
});

describe('values under a name that speaks of a secret', () => {
  const pod = (value: string, more: readonly object[] = []) => ({
    kind: 'Pod',
    spec: { containers: [{ name: 'app', env: [{ name: 'DB_PASSWORD', value }, { name: 'LEVEL', value }, ...more] }] },
  });

  it('are hidden in differences, whether they change, come or go', () => {
    const changes = diffObjects(pod('a'), pod('b', [{ name: 'API_KEY', value: 'c' }]));
    expect(changes.map(({ path, before, after }) => [path.join('.'), before, after])).toEqual([
      ['spec.containers.0.env.0.value', HIDDEN_VALUE, HIDDEN_VALUE],
      ['spec.containers.0.env.1.value', 'a', 'b'],
      ['spec.containers.0.env.2', undefined, { name: 'API_KEY', value: HIDDEN_VALUE }],
    ]);
  });

  const configMap = (value: string) => ({
    kind: 'ConfigMap',
    metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":"${value}"}` } },
    data: { DB_PASSWORD: value, LEVEL: 'info', token: '' },
  });

  it('are hidden in a ConfigMap, too, with what kubectl keeps of it', () => {
    const hidden = {
      metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': HIDDEN_VALUE } },
      data: { DB_PASSWORD: HIDDEN_VALUE, LEVEL: 'info', token: '' },
    };
    expect(objectBody({ apiVersion: 'v1', ...configMap('swordfish') } as unknown as KubernetesObject)).toEqual(hidden);
    const changes = diffObjects(configMap('swordfish'), configMap('hunter2'));
    expect(changes.map(({ path, before, after }) => [path.at(-1), before, after])).toEqual([
      ['DB_PASSWORD', HIDDEN_VALUE, HIDDEN_VALUE],
      ['kubectl.kubernetes.io/last-applied-configuration', HIDDEN_VALUE, HIDDEN_VALUE],
    ]);
    const added = diffObjects({ kind: 'ConfigMap' }, configMap('hunter2'));
    expect(JSON.stringify(added)).not.toContain('hunter2');
    expect(JSON.stringify(diffObjects(configMap('hunter2'), { kind: 'ConfigMap' }))).not.toContain('hunter2');
  });

  it('stay readable where they are the name of a Secret and no value', () => {
    const spec = {
      volumes: [{ name: 'keys', secret: { secretName: 'web-keys' } }],
      from: { secretKeyRef: { name: 'database', key: 'password' }, secretRef: { accessKey: 'id' } },
    };
    expect(hideNamedValues(spec)).toBe(spec);
    expect(diffObjects({ spec: {} }, { spec }).map(({ after }) => after)).toEqual([spec.from, spec.volumes]);
  });

  it('are hidden in new objects, as the values of Secrets are', () => {
    const object = (fields: object) => ({ apiVersion: 'v1', metadata: { name: 'x' }, ...fields }) as KubernetesObject;
    expect(JSON.stringify(objectBody(object(pod('swordfish'))))).toContain(
      `"value":"${HIDDEN_VALUE}"},{"name":"LEVEL"`,
    );
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': 'swordfish' };
    const secret = {
      kind: 'Secret',
      metadata: { name: 'x', annotations },
      stringData: { a: 'swordfish' },
      type: 'Opaque',
    };
    expect(objectBody(object(secret))).toEqual({
      metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': HIDDEN_VALUE } },
      stringData: { a: HIDDEN_VALUE },
      type: 'Opaque',
    });
  });
});

describe('values that are secret by their form', () => {
  const token = `github_pat_${'a1B_'.repeat(8)}`;
  it.each([
    ['postgres://u:hunter2@db/x', `postgres://u:${HIDDEN_VALUE}@db/x`],
    ['a=1\nurl=redis://:hunter2@r\nb=2', `a=1\nurl=redis://:${HIDDEN_VALUE}@r\nb=2`],
    ['x\n-----BEGIN EC PRIVATE KEY-----\nhunter2\n-----END EC PRIVATE KEY-----\ny', `x\n${HIDDEN_VALUE}\ny`],
    ['-----BEGIN PRIVATE KEY-----\nhunter2', HIDDEN_VALUE],
    [`--token ${token} AKIAABCDEFGHIJKLMNOP`, `--token ${HIDDEN_VALUE} ${HIDDEN_VALUE}`],
    ['app --db-password=hunter2 --port=1', `app --db-password=${HIDDEN_VALUE} --port=1`],
    [
      'postgres://$(U):$(P)@db http://web:80/ a:b@c ghp_short',
      'postgres://$(U):$(P)@db http://web:80/ a:b@c ghp_short',
    ],
  ])('%j', (text, shown) => {
    expect(hideNamedValues({ args: [text], data: { k: text } })).toEqual({ args: [shown], data: { k: shown } });
  });

  it('are hidden in differences of every kind, and one of nothing else is no pair of equal texts', () => {
    const object = (kind: string, password: string) => ({
      kind,
      metadata: { annotations: { a: `http://u:${password}@h` } },
      spec: { env: [{ name: 'URL', value: `http://u:${password}@h` }], args: ['--password', password] },
    });
    for (const kind of ['Pod', 'Secret']) {
      const changes = diffObjects(object(kind, 'hunter2'), object(kind, 'swordfish'));
      expect(changes.map(({ before, after }) => [before, after])).toEqual([
        [HIDDEN_VALUE, HIDDEN_VALUE],
        [
          ['--password', HIDDEN_VALUE],
          ['--password', HIDDEN_VALUE],
        ],
        [HIDDEN_VALUE, HIDDEN_VALUE],
      ]);
    }
  });
});

describe('a field that may not change', () => {
  const describeField = (path: readonly (string | number)[], live: object, declared: object) =>
    describeImmutable({ code: 'FieldImmutable', severity: 'error', path, at: 'value', message: '' }, live, declared);

  it('is told by the value that differs, also in a list of templates', () => {
    const set = (storage: string, filled: object = {}) => {
      const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } };
      return { kind: 'StatefulSet', spec: { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec, ...filled }] } };
    };
    const live = set('1Gi', { status: { phase: 'Pending' } });
    expect(describeField(['spec', 'volumeClaimTemplates'], live, set('2Gi'))).toEqual({
      path: ['spec', 'volumeClaimTemplates', 0, 'spec', 'resources', 'requests', 'storage'],
      message:
        'spec.volumeClaimTemplates may not change once the object exists: ' +
        'spec.volumeClaimTemplates[0].spec.resources.requests.storage is "1Gi" and would become "2Gi"',
    });
  });

  it('is told by values that are cut with their quotes, and within no escape', () => {
    const long = `echo "${'x'.repeat(54)}" > /tmp/y`;
    const job = (command: string) => ({ kind: 'Job', spec: { template: { spec: { command } } } });
    const { message } = describeField(['spec', 'template'], job(long), job('true'));
    expect(message).toContain(`command is "echo \\"${'x'.repeat(54)}…" and would become "true"`);
  });

  it('is told of the address that is written', () => {
    const live = { kind: 'Service', spec: { clusterIP: '10.96.84.181', clusterIPs: ['10.96.84.181'] } };
    expect(
      describeField(['spec', 'clusterIPs', 0], live, { kind: 'Service', spec: { clusterIP: '10.96.7.7' } }),
    ).toEqual({
      path: ['spec', 'clusterIP'],
      message:
        'spec.clusterIP may not change once the object exists: it is "10.96.84.181" and would become "10.96.7.7"',
    });
  });
});

describe('the body of a new object', () => {
  const configMap = (data: Readonly<Record<string, string>>) =>
    objectBody({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x', labels: { a: 'b' } },
      data,
    } as KubernetesObject);

  it('is what is written beside kind and name', () => {
    expect(configMap({ a: 'b' })).toEqual({ metadata: { labels: { a: 'b' } }, data: { a: 'b' } });
  });

  it('names by its size what is too long to be read, and never cuts it', () => {
    expect(configMap({ page: 'line\n'.repeat(41), key: 'x'.repeat(2_001) })['data']).toEqual({
      page: '(41 lines, 205 characters)',
      key: '(1 line, 2001 characters)',
    });
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, 'v']));
    expect(configMap(many)['data']).toBe('(500 values)');
  });
});

describe('policies', () => {
  it.each([
    [{}, {}],
    [{ 'kustomize.toolkit.fluxcd.io/prune': 'Disabled' }, { prune: false }],
    [{ 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' }, { prune: false, apply: 'ignore' }],
    [{ 'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent' }, { apply: 'if-not-present' }],
    [{ 'argocd.argoproj.io/sync-options': 'Validate=false, Prune=false' }, { prune: false }],
    [{ 'helm.sh/resource-policy': 'keep' }, { prune: false }],
    [{ 'kustomize.toolkit.fluxcd.io/force': 'Enabled' }, { force: true }],
    [{ 'config.kubernetes.io/local-config': 'true' }, { isClusterObject: false }],
  ])('reads %j', (annotations, policies) => {
    expect(readPolicies({ metadata: { annotations } })).toEqual({
      prune: true,
      apply: 'always',
      isMerged: false,
      isClusterObject: true,
      force: false,
      ...policies,
    });
  });
});

describe('computeHealth', () => {
  const status = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
  const deadline = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' };

  it.each([
    ['has reached its spec', { spec: { replicas: 2 }, status }, 'Current', ''],
    [
      'has a newer generation',
      { spec: { replicas: 2 }, status: { ...status, observedGeneration: 1 } },
      'InProgress',
      'LatestGenerationNotObserved',
    ],
    ['has no status', { spec: { replicas: 2 } }, 'InProgress', 'NoStatus'],
    ['has fewer updated', { spec: { replicas: 3 }, status }, 'InProgress', 'LessUpdated'],
    ['has old pods left', { spec: { replicas: 2 }, status: { ...status, replicas: 3 } }, 'InProgress', 'ExtraPods'],
    [
      'has fewer available',
      { spec: { replicas: 2 }, status: { ...status, availableReplicas: 1 } },
      'InProgress',
      'LessAvailable',
    ],
    [
      'ran out of time',
      { spec: { replicas: 2 }, status: { ...status, conditions: [deadline] } },
      'Failed',
      'ProgressDeadlineExceeded',
    ],
    ['is being deleted', { metadata: { deletionTimestamp: 'x' }, status }, 'Terminating', 'Terminating'],
    [
      'is a ReplicaSet with more pods than it wants',
      { kind: 'ReplicaSet', spec: { replicas: 1 }, status: { ...status, replicas: 2 } },
      'InProgress',
      'ExtraReplicas',
    ],
  ])('Deployment that %s', (_name, fields, expected, reason) => {
    expect(computeHealth(stored(fields), NOW_MS)).toMatchObject({ status: expected, reason });
  });

  it.each([
    [3, '1 old pod still to stop'],
    [4, '2 old pods still to stop'],
  ])('a Deployment with %i pods in all says how many are too many', (replicas, message) => {
    const fields = { spec: { replicas: 2 }, status: { ...status, replicas } };
    expect(computeHealth(stored(fields), NOW_MS).message).toBe(message);
  });

  it('says of a Deployment why its pods cannot be created, and nothing of it once they are there', () => {
    const refused = {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: 'exceeded quota: small',
    };
    const health = (replicas: number, conditions: readonly object[]) =>
      computeHealth(stored({ spec: { replicas }, status: { ...status, conditions } }), NOW_MS);
    expect(health(3, [refused])).toEqual({
      status: 'InProgress',
      reason: 'LessUpdated',
      message: '2/3 updated: exceeded quota: small',
    });
    expect(health(3, [deadline, refused])).toMatchObject({
      status: 'Failed',
      message: 'timed out: exceeded quota: small',
    });
    expect(health(2, [refused])).toMatchObject({ status: 'Current', message: '2/2 ready' });
    expect(health(3, [{ ...refused, status: 'False' }]).message).toBe('2/3 updated');
  });

  it.each([
    ['StatefulSet', { replicas: 1, readyReplicas: 1 }, '1/2 ready: exceeded quota: small'],
    ['DaemonSet', { desiredNumberScheduled: 2, updatedNumberScheduled: 1 }, '1/2 updated: exceeded quota: small'],
  ])('says it of a %s as well', (kind, counts, message) => {
    const refused = { type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: small' };
    const fields = { kind, spec: { replicas: 2 }, status: { observedGeneration: 2, ...counts, conditions: [refused] } };
    expect(computeHealth(stored(fields), NOW_MS)).toMatchObject({ status: 'InProgress', message });
  });

  const pod = (fields: object) => stored({ apiVersion: 'v1', kind: 'Pod', status: fields });
  const unschedulable = (secondsAgo: number) => ({
    conditions: [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message: 'no',
        lastTransitionTime: new Date(NOW_MS - secondsAgo * 1000).toISOString(),
      },
    ],
  });

  it.each([
    ['ready', { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }, 'Current'],
    ['completed', { phase: 'Succeeded' }, 'Current'],
    ['failed', { phase: 'Failed' }, 'Failed'],
    ['unschedulable for 10 s', unschedulable(10), 'InProgress'],
    ['unschedulable for 20 s', unschedulable(20), 'Failed'],
    [
      'crash-looping',
      { containerStatuses: [{ name: 'a', state: { waiting: { reason: 'CrashLoopBackOff' } } }] },
      'Failed',
    ],
    ['starting', { phase: 'Pending' }, 'InProgress'],
  ])('Pod that is %s', (_name, fields, expected) => {
    expect(computeHealth(pod(fields), NOW_MS).status).toBe(expected);
  });

  it.each([
    ['started', { startTime: 'x', active: 1 }, 'Current'],
    ['not started', {}, 'InProgress'],
    ['failed', { conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] }, 'Failed'],
  ])('Job that is %s', (_name, fields, expected) => {
    expect(computeHealth(stored({ kind: 'Job', spec: {}, status: fields }), NOW_MS).status).toBe(expected);
  });

  it('takes a kind without progress as Current, and standard conditions at their word', () => {
    expect(computeHealth(stored({ kind: 'ConfigMap' }), NOW_MS).status).toBe('Current');
    const stalled = { conditions: [{ type: 'Stalled', status: 'True', reason: 'X' }] };
    expect(computeHealth(stored({ kind: 'Widget', status: stalled }), NOW_MS)).toMatchObject({
      status: 'Failed',
      reason: 'X',
    });
  });
});

describe('explainWorkload', () => {
  const pod = (name: string, state: object, extra: object = {}) =>
    stored({
      kind: 'Pod',
      metadata: { name },
      status: { containerStatuses: [{ name: 'app', ready: false, state, ...extra }] },
    }) as unknown as Pod;

  it('names the worst cause, its pod and container, and the last exit', () => {
    const pods = [
      pod('a', { running: {} }),
      pod(
        'b',
        { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
        { lastState: { terminated: { exitCode: 3, reason: 'Error' } } },
      ),
    ];
    expect(explainWorkload(pods)).toEqual({
      reason: 'CrashLoopBackOff',
      message: 'back-off 10s (last exit: Error, code 3)',
      pod: 'b',
      container: 'app',
      isStuck: true,
    });
    expect(explainWorkload(pods.slice(0, 1))).toMatchObject({ reason: 'NotReady', isStuck: false });
    expect(explainWorkload([])).toBeUndefined();
  });
});

describe('texts', () => {
  it('counts', () => {
    const changes = (['created', 'created', 'unchanged'] as const).map((action) => ({
      action,
      id: { apiVersion: 'v1', kind: 'Secret', name: 'x' },
      fields: [],
      ceded: [],
    }));
    expect(formatCounts(countChanges(changes))).toBe('2 created, 1 unchanged');
  });
});
