import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configMap, deployment, NAMESPACE, TestLoop, type TestLoopOptions } from './testing.ts';

let loop: TestLoop;

async function begin(files: Readonly<Record<string, string>>, options: TestLoopOptions = {}): Promise<void> {
  loop = new TestLoop(options);
  loop.push(files);
  await loop.start();
  await loop.run(5_000);
}

function getConfigMap(name: string) {
  return loop.test.client.get('ConfigMap', { namespace: 'shop', name });
}

function changesOf(type: 'applied' | 'drift' | 'pruned'): string[] {
  return loop.events.flatMap((event) =>
    event.type === type ? event.changes.map(({ action, id }) => `${id.kind}/${id.name} ${action}`) : [],
  );
}

beforeEach(() => {
  loop = new TestLoop();
});

afterEach(async () => {
  await loop.stop();
});

describe('a commit', () => {
  it('is applied in order, followed until it is healthy, and remembered', async () => {
    await begin({
      'b.yaml': deployment('web', { replicas: 2 }),
      'a.yaml': NAMESPACE,
      'c.yaml': configMap('page', 'one'),
    });
    expect(changesOf('applied')).toEqual([
      'Namespace/shop created',
      'ConfigMap/page created',
      'Deployment/web created',
    ]);
    expect(loop.phaseOf('root')).toBe('Healthy');
    expect(loop.state.getApplication('root')).toMatchObject({ appliedCommit: loop.repository.tip('main')?.id });
    expect([...loop.state.readInventory('root').keys()]).toHaveLength(3);
  });

  it('that changes one object writes that object only', async () => {
    const files = { 'a.yaml': NAMESPACE, 'b.yaml': configMap('page', 'one'), 'c.yaml': configMap('other', 'one') };
    await begin(files);
    const before = getConfigMap('other')?.metadata.resourceVersion;
    loop.events.length = 0;
    loop.push({ ...files, 'b.yaml': configMap('page', 'two') });
    await loop.run(5_000);
    expect(changesOf('applied')).toEqual(['ConfigMap/page configured']);
    expect(getConfigMap('page')?.data).toEqual({ key: 'two' });
    expect(getConfigMap('other')?.metadata.resourceVersion).toBe(before);
  });

  it('that changes nothing writes no object', async () => {
    const files = { 'a.yaml': NAMESPACE, 'b.yaml': configMap('page', 'one') };
    await begin(files);
    const before = getConfigMap('page');
    loop.push({ ...files, 'b.yaml': `# a comment\n${configMap('page', 'one')}` });
    await loop.run(5_000);
    expect(getConfigMap('page')).toBe(before);
    expect(loop.state.getApplication('root')?.appliedCommit).toBe(loop.repository.tip('main')?.id);
  });

  it('with an error changes nothing, says so, and the next good one heals it', async () => {
    const files = { 'a.yaml': NAMESPACE, 'b.yaml': configMap('page', 'one') };
    await begin(files);
    const good = loop.repository.tip('main')?.id;
    loop.push({ 'a.yaml': NAMESPACE, 'b.yaml': configMap('page', 'two'), 'c.yaml': 'a: [1' });
    await loop.run(5_000);
    expect(loop.phaseOf('root')).toBe('Invalid');
    expect(getConfigMap('page')?.data).toEqual({ key: 'one' });
    expect(loop.state.getApplication('root')).toMatchObject({ appliedCommit: good });
    loop.push({ ...files, 'b.yaml': configMap('page', 'three') });
    await loop.run(5_000);
    expect([loop.phaseOf('root'), getConfigMap('page')?.data]).toEqual(['Healthy', { key: 'three' }]);
  });

  it('that the registry refuses in one object changes nothing at all', async () => {
    const files = { 'a.yaml': NAMESPACE, 'b.yaml': configMap('page', 'one') };
    await begin(files);
    loop.push({ ...files, 'b.yaml': configMap('page', 'two'), 'c.yaml': configMap('lost', 'x', 'nowhere') });
    await loop.run(5_000);
    expect(loop.phaseOf('root')).toBe('Invalid');
    expect(loop.messageOf('root')).toContain('nowhere');
    expect(getConfigMap('page')?.data).toEqual({ key: 'one' });
  });
});

describe('pruning', () => {
  const files = {
    'a.yaml': NAMESPACE,
    'b.yaml': configMap('page', 'one'),
    'c.yaml': configMap('old', 'one'),
    'd.yaml': deployment('web'),
  };

  it('deletes what is no longer declared, after everything new is healthy', async () => {
    await begin(files);
    loop.kubelet.isReady = () => false;
    loop.push({
      'a.yaml': NAMESPACE,
      'b.yaml': configMap('page', 'one'),
      'd.yaml': deployment('web', { image: 'app:2' }),
    });
    await loop.run(10_000);
    expect(getConfigMap('old')).toBeDefined();
    loop.kubelet.isReady = () => true;
    for (const pod of loop.test.client.list('Pod')) loop.kubelet.setReady(pod, true);
    await loop.run(10_000);
    expect(changesOf('pruned')).toEqual(['ConfigMap/old deleted']);
    expect([getConfigMap('old'), loop.phaseOf('root')]).toEqual([undefined, 'Healthy']);
  });

  it('deletes nothing for a commit that declares nothing', async () => {
    await begin(files);
    loop.push({ 'README.md': 'all gone' });
    await loop.run(5_000);
    expect([loop.phaseOf('root'), getConfigMap('page') !== undefined]).toEqual(['Invalid', true]);
  });

  it('leaves alone what somebody else made anew under the same name', async () => {
    await begin(files);
    loop.test.client.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'old' });
    loop.push({ 'a.yaml': NAMESPACE, 'b.yaml': configMap('page', 'one'), 'd.yaml': deployment('web') });
    loop.test.client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'shop', name: 'old' } });
    await loop.run(10_000);
    expect(getConfigMap('old')).toBeDefined();
  });
});

it('says of what is pruned and held by a finalizer that it stays, and who holds it', async () => {
  const held = configMap('old', 'x').replace('metadata:\n', 'metadata:\n  finalizers: [example.com/hold]\n');
  await begin({ 'a.yaml': NAMESPACE, 'b.yaml': held });
  loop.push({ 'a.yaml': NAMESPACE });
  await loop.run(5_000);
  const pruned = loop.events.flatMap((event) =>
    event.type === 'pruned' ? event.changes.map(({ reason }) => reason) : [],
  );
  expect(pruned).toEqual(['no longer declared; it stays until it is let go: held by the finalizer example.com/hold']);
  loop.push({ 'a.yaml': NAMESPACE, 'b.yaml': held });
  await loop.run(5_000);
  expect(loop.messageOf('root')).toContain('is being deleted, and held by the finalizer example.com/hold');
});

describe('ownership', () => {
  it('forces a person’s change of a declared object back', async () => {
    await begin({ 'a.yaml': NAMESPACE, 'b.yaml': configMap('page', 'one') });
    const page = getConfigMap('page');
    if (page === undefined) throw new Error('no page');
    const person = loop.test.client.as({ user: 'ann', fieldManager: 'kubectl-edit' });
    person.update({ ...page, data: { key: 'edited', other: 'added' } });
    await loop.run(5_000);
    expect(getConfigMap('page')?.data).toEqual({ key: 'one' });
    expect(changesOf('drift')).toEqual(['ConfigMap/page configured']);
  });

  it('makes a deleted object anew', async () => {
    await begin({ 'a.yaml': NAMESPACE, 'b.yaml': configMap('page', 'one') });
    loop.test.client.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'page' });
    await loop.run(5_000);
    expect(getConfigMap('page')?.data).toEqual({ key: 'one' });
  });
});

describe('applications', () => {
  const one = { 'apps/one/a.yaml': NAMESPACE, 'apps/one/b.yaml': configMap('one', 'x') };
  const two = { 'apps/two/a.yaml': configMap('two', 'x', 'default') };
  const paths = ['apps/*'];

  it('are one per folder, and an error in one does not hold up another', async () => {
    await begin({ ...one, ...two, 'apps/bad/a.yaml': 'a: [1' }, { paths });
    expect(['one', 'two', 'bad'].map((name) => loop.phaseOf(name))).toEqual(['Healthy', 'Healthy', 'Invalid']);
  });

  it('conflict where two set one field differently, and the first stays', async () => {
    await begin({ ...one, ...two }, { paths });
    loop.push({ ...one, ...two, 'apps/two/b.yaml': configMap('one', 'other') });
    await loop.run(5_000);
    expect([loop.phaseOf('one'), loop.phaseOf('two')]).toEqual(['Healthy', 'Invalid']);
    expect(loop.messageOf('two')).toContain('ConfigMap/shop/one');
    expect(getConfigMap('one')?.data).toEqual({ key: 'x' });
  });

  it('hand an object over when its file moves, without deleting it', async () => {
    await begin({ ...one, ...two }, { paths });
    const uid = getConfigMap('one')?.metadata.uid;
    loop.push({ 'apps/one/a.yaml': NAMESPACE, ...two, 'apps/two/b.yaml': configMap('one', 'moved') });
    await loop.run(10_000);
    expect(getConfigMap('one')).toMatchObject({ data: { key: 'moved' }, metadata: { uid } });
    expect([...loop.state.readInventory('two').keys()].some((key) => key.endsWith('/one'))).toBe(true);
    expect([...loop.state.readInventory('one').keys()].some((key) => key.endsWith('/one'))).toBe(false);
  });

  it('go with their folder when a pattern found it', async () => {
    await begin({ ...one, ...two }, { paths });
    loop.push(one);
    await loop.run(10_000);
    expect(loop.test.client.get('ConfigMap', { namespace: 'default', name: 'two' })).toBeUndefined();
    expect(loop.reconciler.applications.map(({ application }) => application.name)).toEqual(['one']);
  });

  it('stay when the folder of a plain path is gone', async () => {
    await begin({ ...one }, { paths: ['apps/one'] });
    loop.push({ 'README.md': 'moved' });
    await loop.run(5_000);
    expect([loop.phaseOf('one'), getConfigMap('one') !== undefined]).toEqual(['Invalid', true]);
  });
});

describe('the source', () => {
  it('is asked again until its branch appears', async () => {
    loop = new TestLoop();
    await loop.start();
    expect(loop.reconciler.sourceFailure?.reason).toBe('BranchMissing');
    loop.push({ 'a.yaml': NAMESPACE });
    await loop.run(60_000);
    expect([loop.reconciler.sourceFailure, loop.phaseOf('root')]).toEqual([undefined, 'Healthy']);
    expect(loop.events.filter(({ type }) => type === 'source-failed')).toHaveLength(1);
  });

  it('may be force-pushed back', async () => {
    await begin({ 'a.yaml': NAMESPACE, 'b.yaml': configMap('page', 'one') });
    const first = loop.repository.tip('main')?.id;
    loop.push({ 'a.yaml': NAMESPACE, 'b.yaml': configMap('page', 'two') });
    await loop.run(5_000);
    loop.repository.moveBranch('main', first);
    await loop.run(5_000);
    expect(getConfigMap('page')?.data).toEqual({ key: 'one' });
  });
});

describe('a restart', () => {
  it('writes nothing when nothing changed, and repairs what drifted meanwhile', async () => {
    await begin({ 'a.yaml': NAMESPACE, 'b.yaml': configMap('page', 'one') });
    await loop.stop();
    const { repository, test } = loop;
    const before = getConfigMap('page');
    loop = new TestLoop({ repository, registry: test });
    await loop.start();
    await loop.run(5_000);
    expect(getConfigMap('page')).toBe(before);
    expect([loop.phaseOf('root'), changesOf('applied').filter((change) => !change.endsWith('unchanged'))]).toEqual([
      'Healthy',
      [],
    ]);
    await loop.stop();
    test.client.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'page' });
    loop = new TestLoop({ repository, registry: test });
    await loop.start();
    await loop.run(5_000);
    expect(getConfigMap('page')?.data).toEqual({ key: 'one' });
  });
});

describe('a stuck rollout', () => {
  it('fails once its time is over, and gives way to a newer commit', async () => {
    await begin({ 'a.yaml': NAMESPACE, 'b.yaml': deployment('web', { replicas: 1 }) });
    loop.kubelet.isReady = () => false;
    loop.push({ 'a.yaml': NAMESPACE, 'b.yaml': deployment('web', { replicas: 1, image: 'bad' }) });
    await loop.run(700_000);
    expect(['TimedOut', 'Failed']).toContain(loop.phaseOf('root'));
    loop.kubelet.isReady = () => true;
    loop.push({ 'a.yaml': NAMESPACE, 'b.yaml': deployment('web', { replicas: 1, image: 'app:3' }) });
    await loop.run(10_000);
    expect(loop.phaseOf('root')).toBe('Healthy');
  });
});
