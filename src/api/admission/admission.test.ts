import { describe, expect, it } from 'vitest';
import type { Pod } from '../../objects/types.ts';
import { builtInRules } from '../object-rules.ts';
import { createTestRegistry, pod, refusal, service } from '../testing.ts';

function withResources(name: string, resources: object, extra: object = {}) {
  return pod(name, { containers: [{ name: 'app', image: 'app:1', resources }], ...extra });
}

const namespaced = (apiVersion: string, kind: string, name: string, spec: object) => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'default' },
  spec,
});

const specOf = (object: unknown) => (object as Pod).spec;

describe('tolerations', () => {
  it('are added for 300 s, unless there are some', () => {
    const { client } = createTestRegistry();
    const added = specOf(client.create(pod('a')))?.tolerations;
    expect(added?.map(({ key, tolerationSeconds }) => `${key} ${tolerationSeconds}`)).toEqual([
      'node.kubernetes.io/not-ready 300',
      'node.kubernetes.io/unreachable 300',
    ]);
    const own = [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }];
    expect(specOf(client.create(pod('b', { tolerations: own })))?.tolerations).toHaveLength(2);
    expect(specOf(client.create(pod('c', { tolerations: [{ operator: 'Exists' }] })))?.tolerations).toHaveLength(1);
  });
});

describe('the tolerations of a pod that says', () => {
  const [NOT_READY, UNREACHABLE] = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
  const both = [`${NOT_READY} 300`, `${UNREACHABLE} 300`];
  it.each<[what: string, given: readonly object[], added: readonly string[]]>([
    ['nothing', [], both],
    ['something else', [{ key: 'disk', operator: 'Exists', effect: 'NoSchedule' }], both],
    [
      'how long it stays on what is not ready',
      [{ key: NOT_READY, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 7 }],
      [`${UNREACHABLE} 300`],
    ],
    [
      'how long it stays on what is unreachable, whatever the effect',
      [{ key: UNREACHABLE, operator: 'Exists' }],
      [`${NOT_READY} 300`],
    ],
    ['both with other effects', [NOT_READY, UNREACHABLE].map((key) => ({ key, effect: 'NoSchedule' })), both],
    ['everything of one effect', [{ operator: 'Exists', effect: 'NoExecute' }], []],
    ['everything of another effect', [{ operator: 'Exists', effect: 'NoSchedule' }], both],
  ])('%s', (_what, given, added) => {
    const { client } = createTestRegistry();
    const tolerations = specOf(client.create(pod('a', { tolerations: given })))?.tolerations ?? [];
    const news = tolerations.slice(given.length).map(({ key, tolerationSeconds }) => `${key} ${tolerationSeconds}`);
    expect(news).toEqual(added);
  });
});

describe('priority', () => {
  const high = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'high' }, value: 1000 };

  it('comes from the class', () => {
    const { client } = createTestRegistry();
    client.create({ ...high, preemptionPolicy: 'Never' });
    const spec = specOf(client.create(pod('a', { priorityClassName: 'high' })));
    expect(spec).toMatchObject({ priority: 1000, preemptionPolicy: 'Never' });
    expect(specOf(client.create(pod('b', { priorityClassName: 'system-node-critical' })))?.priority).toBe(
      2_000_001_000,
    );
  });

  it('has the two classes of the system, which nobody can delete or change', () => {
    const { client } = createTestRegistry();
    const name = 'system-node-critical';
    expect(client.list('PriorityClass').map(({ metadata, value }) => [metadata.name, value])).toEqual([
      ['system-cluster-critical', 2_000_000_000],
      [name, 2_000_001_000],
    ]);
    const reference = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', name };
    expect(refusal(() => client.delete(reference)).message).toBe(
      `priorityclasses.scheduling.k8s.io "${name}" is forbidden: this is a system priority class and cannot be deleted`,
    );
    expect(refusal(() => client.patch(reference, 'merge', { value: 1 })).reason).toBe('Invalid');
    const labelled = client.patch(reference, 'merge', { metadata: { labels: { seen: 'yes' } } });
    expect(labelled.metadata.labels).toEqual({ seen: 'yes' });
  });

  it('stays when a pod is replaced by what does not name it', () => {
    const { client } = createTestRegistry();
    client.create({ ...high, preemptionPolicy: 'Never' });
    const made = client.create(pod('a', { priorityClassName: 'high' }));
    const { priority: _priority, preemptionPolicy: _policy, ...spec } = { ...specOf(made) };
    const replaced = client.update({ ...made, spec });
    expect(specOf(replaced)).toMatchObject({ priority: 1000, preemptionPolicy: 'Never' });
    expect(refusal(() => client.update({ ...replaced, spec: { ...spec, priority: 7 } })).reason).toBe('Invalid');
  });

  it('is zero without a class, and may preempt', () => {
    const { client } = createTestRegistry();
    const spec = specOf(client.create(pod('c')));
    expect(spec).toMatchObject({ priority: 0, preemptionPolicy: 'PreemptLowerPriority' });
    expect(spec?.priorityClassName).toBeUndefined();
  });

  it.each([
    [{ priorityClassName: 'none' }, 'no PriorityClass with name none was found'],
    [
      { priorityClassName: 'high', priority: 7 },
      'the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 1000 from the given PriorityClass name',
    ],
    [
      { preemptionPolicy: 'Never' },
      'the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name',
    ],
  ])('is not what a pod says itself: %j', (spec, why) => {
    const { client } = createTestRegistry();
    client.create(high);
    const error = refusal(() => client.create(pod('a', spec)));
    expect([error.reason, error.message]).toEqual(['Forbidden', `pods "a" is forbidden: ${why}`]);
  });

  it('has one global default at most, which may be changed and followed by another', () => {
    const { client } = createTestRegistry();
    const other = { ...high, metadata: { name: 'other' }, globalDefault: true };
    client.create({ ...high, globalDefault: true });
    client.patch({ ...high, name: 'high' }, 'merge', { metadata: { labels: { changed: 'yes' } } });
    expect(refusal(() => client.create(other)).message).toBe(
      'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass high is already marked as default. Only one default can exist',
    );
    client.patch({ ...high, name: 'high' }, 'merge', { globalDefault: false });
    client.create(other);
    expect(refusal(() => client.patch({ ...high, name: 'high' }, 'merge', { globalDefault: true })).reason).toBe(
      'Forbidden',
    );
  });

  it('comes from the global default without one', () => {
    const { client } = createTestRegistry();
    client.create({ ...high, globalDefault: true });
    expect(specOf(client.create(pod('a')))).toMatchObject({ priority: 1000, priorityClassName: 'high' });
  });
});

describe('an account', () => {
  const account = (name: string, ...secrets: readonly string[]) => ({
    ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'default' } },
    imagePullSecrets: secrets.map((secret) => ({ name: secret })),
  });
  const own = [{ name: 'own' }];
  it.each<[rule: string, spec: object, secrets: readonly string[]]>([
    ['gives its secrets for images to a pod without any', {}, ['registry', 'mirror']],
    ['leaves alone a pod that has some', { imagePullSecrets: own }, ['own']],
    ['gives them to one with an empty list', { imagePullSecrets: [] }, ['registry', 'mirror']],
    ['gives them to those that name it', { serviceAccountName: 'robot' }, ['robots']],
    ['has nothing to give', { serviceAccountName: 'poor' }, []],
    ['may not be there', { serviceAccountName: 'nobody' }, []],
  ])('%s', (_rule, spec, secrets) => {
    const { client } = createTestRegistry();
    for (const each of [account('default', 'registry', 'mirror'), account('robot', 'robots'), account('poor')])
      client.create(each);
    const made = specOf(client.create(pod('a', spec)));
    expect((made?.imagePullSecrets ?? []).map(({ name }) => name)).toEqual(secrets);
  });
});

describe('a LimitRange', () => {
  const container = {
    type: 'Container',
    default: { cpu: '500m' },
    defaultRequest: { cpu: '100m' },
    max: { cpu: '1' },
    min: { cpu: '50m' },
    maxLimitRequestRatio: { cpu: '10' },
  };

  it('fills in what containers leave out', () => {
    const { client } = createTestRegistry();
    client.create(namespaced('v1', 'LimitRange', 'limits', { limits: [container] }));
    const resources = (resource: object) =>
      specOf(client.create(withResources(`p${Math.abs(JSON.stringify(resource).length)}`, resource)))?.containers[0]
        ?.resources;
    expect(resources({})).toEqual({ limits: { cpu: '500m' }, requests: { cpu: '100m' } });
    expect(resources({ limits: { cpu: '200m' } })).toEqual({ limits: { cpu: '200m' }, requests: { cpu: '200m' } });
  });

  it('writes down what it has filled in', () => {
    const { client } = createTestRegistry();
    const limits = [{ type: 'Container', default: { memory: '1Gi', cpu: '1' }, defaultRequest: { cpu: '500m' } }];
    client.create(namespaced('v1', 'LimitRange', 'limits', { limits }));
    const initContainers = [{ name: 'prepare', image: 'app:1', resources: { limits: { cpu: '2', memory: '2Gi' } } }];
    const noted = (object: object) =>
      (client.create(object as Pod) as unknown as Pod).metadata.annotations?.['kubernetes.io/limit-ranger'];
    expect(noted(withResources('a', { requests: { cpu: '100m' } }, { initContainers }))).toBe(
      'LimitRanger plugin set: memory request for container app; cpu, memory limit for container app',
    );
    expect(noted(withResources('b', { limits: { cpu: '1', memory: '1Gi' } }))).toBeUndefined();
  });

  it.each([
    ['over the maximum', { limits: { cpu: '2' } }, 'maximum cpu usage per Container is 1, but limit is 2'],
    [
      'below the minimum',
      { requests: { cpu: '10m' }, limits: { cpu: '60m' } },
      'minimum cpu usage per Container is 50m, but request is 10m',
    ],
    [
      'too far apart',
      { requests: { cpu: '50m' }, limits: { cpu: '1' } },
      'cpu max limit to request ratio per Container is 10, but provided ratio is 20',
    ],
  ])('refuses what lies outside: %s', (_what, resources, message) => {
    const { client } = createTestRegistry();
    client.create(namespaced('v1', 'LimitRange', 'limits', { limits: [container] }));
    const error = refusal(() => client.create(withResources('a', resources)));
    expect([error.reason, error.message]).toEqual(['Forbidden', expect.stringContaining(message)]);
  });

  const ITEMS = {
    least: { min: { cpu: '50m' } },
    most: { max: { memory: '1Gi' } },
    ratio: { maxLimitRequestRatio: { cpu: '1.5' } },
  } as const;
  it.each<[rule: string, type: string, item: object, count: number, resources: object, message: string | undefined]>([
    ['enough asked for', 'Container', ITEMS.least, 1, { requests: { cpu: '50m' } }, undefined],
    ['enough asked for, and more allowed', 'Container', ITEMS.least, 1, { requests: { cpu: '60m' } }, undefined],
    ['too little asked for', 'Container', ITEMS.least, 1, { requests: { cpu: '40m' } }, 'but request is 40m'],
    ['too little allowed', 'Container', ITEMS.least, 1, { limits: { cpu: '40m' } }, 'but request is 40m'],
    ['as much as may be', 'Container', ITEMS.most, 2, { limits: { memory: '1Gi' } }, undefined],
    ['more than may be', 'Container', ITEMS.most, 1, { limits: { memory: '1025Mi' } }, 'but limit is 1025Mi'],
    ['more asked for than may be', 'Container', ITEMS.most, 1, { requests: { memory: '2Gi' } }, 'but request is 2Gi'],
    [
      'as far apart as may be',
      'Container',
      ITEMS.ratio,
      1,
      { requests: { cpu: '1' }, limits: { cpu: '1500m' } },
      undefined,
    ],
    [
      'further apart',
      'Container',
      ITEMS.ratio,
      1,
      { requests: { cpu: '1' }, limits: { cpu: '1501m' } },
      'but provided ratio is 1.501000',
    ],
    ['no limit to measure by', 'Container', ITEMS.ratio, 1, { requests: { cpu: '1' } }, 'but no limit is specified or'],
    ['nothing to measure', 'Container', ITEMS.ratio, 1, {}, 'but no request is specified or request is 0'],
    ['enough together', 'Pod', ITEMS.least, 2, { requests: { cpu: '25m' } }, undefined],
    ['too little together', 'Pod', ITEMS.least, 2, { requests: { cpu: '24m' } }, 'but request is 48m'],
    ['nothing said', 'Pod', ITEMS.least, 1, {}, 'No request is specified'],
    ['as much together as may be', 'Pod', ITEMS.most, 2, { limits: { memory: '512Mi' } }, undefined],
    ['too much together', 'Pod', ITEMS.most, 3, { limits: { memory: '512Mi' } }, 'but limit is 1536Mi'],
    ['no limit', 'Pod', ITEMS.most, 1, { requests: { memory: '1Mi' } }, 'No limit is specified'],
    [
      'too far apart together',
      'Pod',
      ITEMS.ratio,
      3,
      { requests: { cpu: '100m' }, limits: { cpu: '200m' } },
      'but provided ratio is 2.000000',
    ],
  ])('judges %s of a %s', (_rule, type, item, count, resources, message) => {
    const { client } = createTestRegistry();
    client.create(namespaced('v1', 'LimitRange', 'limits', { limits: [{ type, ...item }] }));
    const containers = Array.from({ length: count }, (_, index) => ({ name: `c${index}`, image: 'app:1', resources }));
    const create = () => client.create(pod('a', { containers }));
    if (message === undefined) expect(create()).toBeDefined();
    else expect(refusal(create).message).toContain(message);
  });

  it('lists all that lies outside, each resource by what breaks it first', () => {
    const { client } = createTestRegistry();
    const limits = [{ type: 'Pod', max: { cpu: '1', memory: '1Gi' }, min: { 'ephemeral-storage': '1Gi' } }];
    client.create(namespaced('v1', 'LimitRange', 'limits', { limits }));
    const resources = { requests: { memory: '2Gi' }, limits: { memory: '3Gi' } };
    expect(refusal(() => client.create(withResources('a', resources))).message).toBe(
      'pods "a" is forbidden: [minimum ephemeral-storage usage per Pod is 1Gi.  No request is specified, ' +
        'maximum cpu usage per Pod is 1.  No limit is specified, maximum memory usage per Pod is 1Gi, but limit is 3Gi]',
    );
  });

  it('judges a claim when it is made and when it asks for more, not when it is touched', () => {
    const { client } = createTestRegistry();
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } } };
    client.create(namespaced('v1', 'PersistentVolumeClaim', 'data', spec));
    const limits = [{ type: 'PersistentVolumeClaim', max: { storage: '2Gi' }, min: { storage: '1Gi' } }];
    client.create(namespaced('v1', 'LimitRange', 'limits', { limits }));
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'default', name: 'data' };
    client.patch(claim, 'merge', { metadata: { labels: { changed: 'yes' } } });
    const grow = () => client.patch(claim, 'merge', { spec: { resources: { requests: { storage: '6Gi' } } } });
    expect(refusal(grow).message).toContain(
      'maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 6Gi',
    );
  });

  it('holds a pod as a whole to its sum', () => {
    const { client } = createTestRegistry();
    client.create(namespaced('v1', 'LimitRange', 'limits', { limits: [{ type: 'Pod', max: { memory: '1Gi' } }] }));
    const own = { limits: { memory: '600Mi' } };
    const containers = ['a', 'b'].map((name) => ({ name, image: 'app:1', resources: own }));
    expect(refusal(() => client.create(pod('p', { containers }))).message).toContain(
      'maximum memory usage per Pod is 1Gi, but limit is 1200Mi',
    );
  });
});

describe('a ResourceQuota', () => {
  const quota = (hard: object, extra: object = {}) => namespaced('v1', 'ResourceQuota', 'quota', { hard, ...extra });

  it('limits the number of pods, in one transaction too, and forgets those that have ended', () => {
    const { client } = createTestRegistry();
    client.create(quota({ pods: '2' }));
    const first = client.create(pod('a'));
    const error = refusal(() => client.transaction(() => ['b', 'c'].map((name) => client.create(pod(name)))));
    expect(error.message).toBe(
      'pods "c" is forbidden: exceeded quota: quota, requested: pods=1, used: pods=2, limited: pods=2',
    );
    client.create(pod('b'));
    client.updateStatus({ ...(first as unknown as Pod), status: { phase: 'Succeeded' } });
    client.create(pod('c'));
    expect(refusal(() => client.create(pod('d'))).reason).toBe('Forbidden');
  });

  it('limits what pods ask for, and wants them to say it', () => {
    const { client } = createTestRegistry();
    client.create(quota({ 'requests.cpu': '1', 'limits.memory': '1Gi' }));
    expect(refusal(() => client.create(pod('a'))).message).toContain(
      'must specify limits.memory for: app; requests.cpu for: app',
    );
    const half = { requests: { cpu: '600m' }, limits: { memory: '100Mi' } };
    client.create(withResources('a', half));
    expect(refusal(() => client.create(withResources('b', half))).message).toContain(
      'requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1',
    );
  });

  it('names the containers that do not say it in order, init containers among them', () => {
    const { client } = createTestRegistry();
    client.create(quota({ 'limits.cpu': '1' }));
    const [b, a, c] = ['b', 'a', 'c'].map((name) => ({ name, image: 'app:1' }));
    expect(refusal(() => client.create(pod('p', { containers: [b, c], initContainers: [a] }))).message).toBe(
      'pods "p" is forbidden: failed quota: quota: must specify limits.cpu for: a,b,c',
    );
  });

  it('counts objects of any kind, and node ports', () => {
    const { client } = createTestRegistry();
    client.create(quota({ 'count/deployments.apps': '0', 'services.nodeports': '1', secrets: '1' }));
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'app', image: 'app:1' }] } };
    const deployment = namespaced('apps/v1', 'Deployment', 'web', { selector: { matchLabels: { a: 'b' } }, template });
    expect(refusal(() => client.create(deployment)).message).toContain('limited: count/deployments.apps=0');
    client.create(service('one', { type: 'NodePort' }));
    expect(refusal(() => client.create(service('two', { type: 'NodePort' }))).message).toContain(
      'services.nodeports=1',
    );
    client.create(service('inside', {}));
  });

  it('looks only at what is in its scope', () => {
    const { client } = createTestRegistry();
    client.create(quota({ pods: '0' }, { scopes: ['BestEffort'] }));
    client.create(withResources('burstable', { requests: { cpu: '1' } }));
    expect(refusal(() => client.create(pod('free'))).message).toContain('exceeded quota');
  });
});

describe('Pod Security', () => {
  const namespace = (labels: Readonly<Record<string, string>>) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'guarded', labels },
  });
  const privileged = { containers: [{ name: 'app', image: 'app:1', securityContext: { privileged: true } }] };
  const inNamespace = (object: ReturnType<typeof pod>) => ({
    ...object,
    metadata: { ...object.metadata, namespace: 'guarded' },
  });

  it('refuses pods that the namespace forbids, in the words of Kubernetes, and lets their workloads in', () => {
    const { client } = createTestRegistry();
    client.create(namespace({ 'pod-security.kubernetes.io/enforce': 'baseline' }));
    expect(refusal(() => client.create(inNamespace(pod('a', privileged))))).toMatchObject({
      reason: 'Forbidden',
      message:
        'pods "a" is forbidden: violates PodSecurity "baseline:latest": privileged (container "app" must not set securityContext.privileged=true)',
    });
    expect(client.create(inNamespace(pod('b')))).toBeDefined();
    expect(client.create(pod('c', privileged))).toBeDefined();
    const template = { metadata: { labels: { app: 'a' } }, spec: privileged };
    const deployment = namespaced('apps/v1', 'Deployment', 'a', { selector: { matchLabels: { app: 'a' } }, template });
    expect(client.create({ ...deployment, metadata: { name: 'a', namespace: 'guarded' } })).toBeDefined();
  });

  it('only warns where the namespace asks for a warning, of pods and of what makes them', () => {
    const { client } = createTestRegistry();
    client.create(namespace({ 'pod-security.kubernetes.io/warn': 'restricted' }));
    const warnings: string[] = [];
    client.create(inNamespace(pod('a')), { onWarning: (message) => warnings.push(message) });
    expect(warnings).toEqual([
      expect.stringMatching(/^would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false \(/),
    ]);
  });

  it('leaves alone what runs already, says so of a namespace that begins to enforce, and judges a new image', () => {
    const { client } = createTestRegistry();
    client.create(namespace({}));
    const made = client.create(inNamespace(pod('a', privileged)));
    client.create(inNamespace(pod('b', privileged)));
    client.create(inNamespace(pod('c')));
    const warnings: string[] = [];
    const guarded = namespace({ 'pod-security.kubernetes.io/enforce': 'baseline' });
    client.update(guarded, { onWarning: (message) => warnings.push(message) });
    expect(warnings).toEqual([
      'existing pods in namespace "guarded" violate the new PodSecurity enforce level "baseline:latest"',
      'a (and 1 other pod): privileged',
    ]);
    client.update(guarded, { onWarning: (message) => warnings.push(message) });
    expect(warnings).toHaveLength(2);
    const labelled = client.update({ ...made, metadata: { ...made.metadata, labels: { changed: 'yes' } } });
    const spec = { ...(labelled['spec'] as object), containers: [{ ...privileged.containers[0], image: 'app:2' }] };
    expect(refusal(() => client.update({ ...labelled, spec })).message).toContain(
      'violates PodSecurity "baseline:latest"',
    );
  });

  it('lets a namespace be changed whose labels are none, as long as they stay as they are', () => {
    const before = createTestRegistry({ rules: { ...builtInRules, validateObject: () => [] } });
    before.client.create(namespace({ 'pod-security.kubernetes.io/enforce': 'basline' }));
    const { client } = createTestRegistry({ store: before.store });
    client.update(namespace({ 'pod-security.kubernetes.io/enforce': 'basline', team: 'a' }));
    expect(client.get('Namespace', { name: 'guarded' })?.metadata.labels).toMatchObject({ team: 'a' });
    const changed = namespace({ 'pod-security.kubernetes.io/enforce': 'baselin' });
    expect(refusal(() => client.update(changed)).reason).toBe('Invalid');
  });

  it('refuses a namespace whose labels are none, and tells of a version that is not the latest', () => {
    const { client } = createTestRegistry();
    expect(refusal(() => client.create(namespace({ 'pod-security.kubernetes.io/warn': 'basline' })))).toMatchObject({
      reason: 'Invalid',
      message: expect.stringContaining('Invalid value: "basline": must be one of privileged, baseline, restricted'),
    });
    const version = (value: string) => namespace({ 'pod-security.kubernetes.io/enforce-version': value });
    expect(refusal(() => client.create(version('1.30'))).message).toContain('must be "latest" or "v1.x"');
    const warnings: string[] = [];
    client.create(version('v1.30'), { onWarning: (message) => warnings.push(message) });
    expect(warnings).toEqual([expect.stringContaining('Berth judges by the latest version of the standards')]);
  });
});
