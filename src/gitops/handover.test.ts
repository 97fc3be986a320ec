import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Admission } from '../api/context.ts';
import { createTestRegistry } from '../api/testing.ts';
import { planCommit } from './plan-commit.ts';
import { configMap, deployment, drive, NAMESPACE, TestLoop, type TestLoopOptions } from './testing.ts';

let loop: TestLoop;

async function begin(
  files: Readonly<Record<string, string>>,
  paths: readonly string[] = ['apps/*'],
  registry = createTestRegistry(),
): Promise<void> {
  loop = new TestLoop({ paths, registry });
  loop.push(files);
  await loop.start();
  await loop.run(5_000);
}

async function push(files: Readonly<Record<string, string>>): Promise<void> {
  loop.push(files);
  await loop.run(10_000);
}

async function restart(options: TestLoopOptions): Promise<void> {
  await loop.stop();
  const { repository, test } = loop;
  loop = new TestLoop({ ...options, repository, registry: test });
  await loop.start();
  await loop.run(10_000);
}

function getConfigMap(name: string) {
  return loop.test.client.get('ConfigMap', { namespace: 'shop', name });
}

function inventoryOf(application: string): string[] {
  return [...loop.state.readInventory(application).keys()].map((key) => key.split('/').at(-1) ?? key);
}

function managersOf(name: string): string[] {
  return (getConfigMap(name)?.metadata.managedFields ?? []).map(({ manager }) => manager ?? '');
}

function applicationNames(): string[] {
  return loop.reconciler.applications.map(({ application }) => application.name);
}

afterEach(async () => {
  await loop.stop();
});

const base = { 'apps/base/a.yaml': NAMESPACE };
const page = configMap('page', 'x');

describe('an object that moves from one application to another', () => {
  it('belongs to the new one alone, so that a field it drops later goes', async () => {
    const two = `${page}  more: z\n`;
    await begin({ ...base, 'apps/one/a.yaml': two, 'apps/one/b.yaml': configMap('stays', 'x') });
    await push({ ...base, 'apps/one/b.yaml': configMap('stays', 'x'), 'apps/two/a.yaml': two });
    expect([managersOf('page'), inventoryOf('one'), inventoryOf('two')]).toEqual([['berth/two'], ['stays'], ['page']]);
    await push({ ...base, 'apps/one/b.yaml': configMap('stays', 'x'), 'apps/two/a.yaml': page });
    expect(getConfigMap('page')?.data).toEqual({ key: 'x' });
  });

  it('that both declared stays with the one that still does', async () => {
    const one = { 'apps/one/b.yaml': configMap('stays', 'x') };
    await begin({ ...base, ...one, 'apps/one/a.yaml': page, 'apps/two/a.yaml': page });
    await push({ ...base, ...one, 'apps/two/a.yaml': page });
    expect([managersOf('page'), inventoryOf('one'), inventoryOf('two')]).toEqual([['berth/two'], ['stays'], ['page']]);
  });

  it('takes along what was declared of it: an item of a list that is called otherwise now is no second one', async () => {
    const service = (port: string) =>
      `apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec:\n  selector: {app: web}\n  ports: [${port}]\n`;
    await begin({ ...base, 'apps/one/a.yaml': service('{port: 80}'), 'apps/two/b.yaml': page });
    await push({
      ...base,
      'apps/one/b.yaml': configMap('other', 'x'),
      'apps/two/a.yaml': service('{port: 81}'),
      'apps/two/b.yaml': page,
    });
    const { spec, metadata } = loop.test.client.get('Service', { namespace: 'shop', name: 'web' }) ?? {};
    expect(spec?.ports?.map(({ port }) => port)).toEqual([81]);
    expect([loop.phaseOf('two'), metadata?.managedFields?.map(({ manager }) => manager)]).toEqual([
      'Healthy',
      ['berth/two'],
    ]);
  });

  it('keeps its owner while the new one is refused', async () => {
    const one = { 'apps/one/b.yaml': configMap('stays', 'x') };
    await begin({ ...base, ...one, 'apps/one/a.yaml': page, 'apps/two/a.yaml': configMap('other', 'x') });
    const refused = { 'apps/two/a.yaml': page, 'apps/two/b.yaml': configMap('bad', 'x', 'nowhere') };
    await push({ ...base, ...one, ...refused });
    expect([loop.phaseOf('one'), loop.phaseOf('two')]).toEqual(['Healthy', 'Invalid']);
    expect([getConfigMap('page') !== undefined, inventoryOf('one').sort()]).toEqual([true, ['page', 'stays']]);
    await push({ ...base, ...one, 'apps/two/c.yaml': configMap('other', 'x') });
    await push({ ...base, 'apps/one/b.yaml': configMap('stays', 'z'), 'apps/two/c.yaml': configMap('other', 'x') });
    expect([getConfigMap('page'), inventoryOf('one')]).toEqual([undefined, ['stays']]);
  });

  it('keeps its owner while the new one cannot be loaded after a restart', async () => {
    await begin({ ...base, 'apps/one/a.yaml': page, 'apps/two/a.yaml': configMap('other', 'x') });
    await loop.stop();
    loop.push({ ...base, 'apps/one/a.yaml': 'a: [1', 'apps/two/a.yaml': configMap('page', 'mine') });
    await restart({ paths: ['apps/*'] });
    expect([loop.phaseOf('one'), loop.phaseOf('two'), getConfigMap('page')?.data]).toEqual([
      'Invalid',
      'Invalid',
      { key: 'x' },
    ]);
  });
});

describe('an application', () => {
  it('that gets another name keeps its objects', async () => {
    await begin({ ...base, 'apps/web/a.yaml': page }, ['apps/*', 'infra/*']);
    const uid = getConfigMap('page')?.metadata.uid;
    await push({ ...base, 'apps/web/a.yaml': page, 'infra/web/a.yaml': configMap('infra', 'x') });
    expect(applicationNames()).toEqual(['apps-web', 'base', 'infra-web']);
    expect([getConfigMap('page')?.metadata.uid, managersOf('page')]).toEqual([uid, ['berth/apps-web']]);
    expect(loop.state.listApplications().map(({ name }) => name)).toEqual(['apps-web', 'base', 'infra-web']);
  });

  it.each([
    ['does not load', 'a: [1', 'Invalid'],
    ['declares nothing', '# nothing', 'Healthy'],
  ])('keeps its objects while what its folder is called now %s', async (_what, text, phase) => {
    await begin({ ...base, 'apps/web/a.yaml': page }, ['apps/*', 'infra/*']);
    const uid = getConfigMap('page')?.metadata.uid;
    await push({ ...base, 'apps/web/a.yaml': text, 'infra/web/a.yaml': configMap('infra', 'x') });
    expect([getConfigMap('page')?.metadata.uid, inventoryOf('web')]).toEqual([uid, ['page']]);
    expect([loop.phaseOf('apps-web'), loop.phaseOf('web')]).toEqual([phase, 'Invalid']);
    await push({ ...base, 'apps/web/a.yaml': page, 'infra/web/a.yaml': configMap('infra', 'x') });
    expect([getConfigMap('page')?.metadata.uid, managersOf('page')]).toEqual([uid, ['berth/apps-web']]);
    expect(applicationNames()).toEqual(['apps-web', 'base', 'infra-web']);
  });

  it('keeps what is not declared any more until what its folder is called now is healthy', async () => {
    const web = { 'apps/web/a.yaml': deployment('web', { replicas: 1 }) };
    await begin({ ...base, ...web, 'apps/web/b.yaml': page }, ['apps/*', 'infra/*']);
    const isReady = (ready: boolean) => {
      for (const pod of loop.test.client.list('Pod')) loop.kubelet.setReady(pod, ready);
    };
    isReady(false);
    await push({ ...base, ...web, 'infra/web/a.yaml': configMap('infra', 'x') });
    expect([getConfigMap('page') !== undefined, inventoryOf('apps-web'), inventoryOf('web')]).toEqual([
      true,
      ['web'],
      ['page'],
    ]);
    // Nothing asks for it again and again meanwhile, and its successor wakes it.
    const asked = vi.spyOn(loop.source, 'resolve');
    await loop.run(120_000);
    expect(asked).not.toHaveBeenCalled();
    // What somebody does to it meanwhile makes it go no sooner.
    const edit = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'page' };
    loop.test.client.as({ user: 'ann', fieldManager: 'kubectl' }).patch(edit, 'merge', { data: { value: 'edited' } });
    await loop.run(10_000);
    expect(getConfigMap('page')).toBeDefined();
    isReady(true);
    await loop.run(15_000);
    expect([getConfigMap('page'), loop.phaseOf('apps-web'), applicationNames()]).toEqual([
      undefined,
      'Healthy',
      ['apps-web', 'base', 'infra-web'],
    ]);
  });

  it('keeps its objects while a folder of the pattern that came instead does not load', async () => {
    await begin({ ...base, 'apps/one/a.yaml': page }, ['.']);
    await loop.stop();
    loop.push({ ...base, 'apps/one/a.yaml': 'a: [1' });
    await restart({ paths: ['apps/*'] });
    expect([getConfigMap('page') !== undefined, loop.phaseOf('root'), loop.phaseOf('one')]).toEqual([
      true,
      'Invalid',
      'Invalid',
    ]);
    await push({ ...base, 'apps/one/a.yaml': page });
    expect([applicationNames(), managersOf('page')]).toEqual([['base', 'one'], ['berth/one']]);
  });

  it('keeps its objects while the application around it, which may have taken them in, does not load any more', async () => {
    const outer = (resources: string) => ({ 'apps/web/kustomization.yaml': `resources: [${resources}]\n` });
    const web = { ...base, 'apps/web/a.yaml': configMap('web', 'x') };
    await begin(
      { ...web, ...outer('a.yaml'), 'apps/web/inner/b.yaml': page, 'apps/web/other/c.yaml': configMap('other', 'x') },
      ['apps/*', 'apps/web/*'],
    );
    const uid = getConfigMap('page')?.metadata.uid;
    await push({
      ...web,
      ...outer('a.yaml, b.yaml'),
      'apps/web/b.yaml': 'a: [1',
      'apps/web/other/c.yaml': configMap('other', 'x'),
    });
    expect([getConfigMap('page')?.metadata.uid, loop.phaseOf('web'), loop.phaseOf('inner')]).toEqual([
      uid,
      'Invalid',
      'Invalid',
    ]);
    await push({
      ...web,
      ...outer('a.yaml, b.yaml'),
      'apps/web/b.yaml': page,
      'apps/web/other/c.yaml': configMap('other', 'x'),
    });
    expect([getConfigMap('page')?.metadata.uid, managersOf('page')]).toEqual([uid, ['berth/web']]);
    expect(applicationNames()).toEqual(['base', 'other', 'web']);
  });

  it('goes when its path leaves the configuration', async () => {
    await begin({ ...base, 'apps/one/a.yaml': page }, ['apps/base', 'apps/one']);
    await restart({ paths: ['apps/base'] });
    expect([applicationNames(), getConfigMap('page')]).toEqual([['base'], undefined]);
  });

  it('stays when the path that came instead leads nowhere', async () => {
    await begin({ ...base, 'apps/one/a.yaml': page }, ['apps/base', 'apps/one']);
    await restart({ paths: ['apps/base', 'apps/on'] });
    expect([getConfigMap('page') !== undefined, loop.phaseOf('on'), loop.phaseOf('one')]).toEqual([
      true,
      'Invalid',
      'Invalid',
    ]);
  });

  it('is handed over as a whole when one path becomes a pattern', async () => {
    await begin({ ...base, 'apps/one/a.yaml': page }, ['.']);
    const uid = getConfigMap('page')?.metadata.uid;
    await restart({ paths: ['apps/*'] });
    expect([applicationNames(), getConfigMap('page')?.metadata.uid, managersOf('page')]).toEqual([
      ['base', 'one'],
      uid,
      ['berth/one'],
    ]);
    expect([inventoryOf('root'), inventoryOf('one')]).toEqual([[], ['page']]);
  });

  it('stays remembered while something of it cannot be deleted', async () => {
    const problem = { code: 'FieldRefused', severity: 'error', path: [], at: 'key', message: 'it is held' } as const;
    const isHeld: Admission = ({ verb, object }) =>
      verb === 'delete' && object.metadata?.name === 'held' ? { problems: [problem] } : undefined;
    const files = { ...base, 'apps/one/a.yaml': page, 'apps/one/b.yaml': configMap('held', 'x') };
    await begin(files, ['apps/*'], createTestRegistry({ admission: [isHeld] }));
    await push(base);
    expect([applicationNames(), loop.phaseOf('one'), inventoryOf('one')]).toEqual([
      ['base', 'one'],
      'Failed',
      ['held'],
    ]);
  });

  it('leaves in place what is part of every cluster and cannot be deleted', async () => {
    const system = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: default\n---\n';
    const priority =
      'apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: system-node-critical}\nvalue: 2000001000\n';
    await begin({ ...base, 'apps/one/a.yaml': page, 'apps/one/b.yaml': system + priority });
    expect(inventoryOf('one').sort()).toEqual(['default', 'page', 'system-node-critical']);
    await push(base);
    expect([applicationNames(), getConfigMap('page')]).toEqual([['base'], undefined]);
    expect(loop.test.client.get('PriorityClass', { name: 'system-node-critical' })).toBeDefined();
    const pruned = loop.events.flatMap((event) => (event.type === 'pruned' ? event.changes : []));
    const skipped = pruned
      .filter(({ action }) => action === 'skipped')
      .map(({ id, reason }) => `${id.name}: ${reason}`);
    expect(skipped.sort()).toEqual([
      'default: it is part of every cluster',
      'system-node-critical: it is part of every cluster',
    ]);
  });
});

describe('a plan', () => {
  async function plan(files: Readonly<Record<string, string>>) {
    const id = loop.push(files, 'proposal');
    const commit = loop.repository.getCommit(id);
    if (commit === undefined) throw new Error('no commit');
    const { test, source, state, loader } = loop;
    const options = {
      source,
      loader,
      client: test.client,
      state,
      clock: test.clock,
      paths: ['apps/*'],
      rootName: 'root',
    };
    const plans = await drive(test.clock, planCommit({ ...options, commit }));
    return plans.flatMap(({ application, changes, problems }) => [
      ...changes
        .filter(({ action }) => action !== 'unchanged')
        .map(({ id: { kind, name }, action }) => `${application}: ${kind}/${name} ${action}`),
      ...problems.map(({ message }) => `${application}: ${message}`),
    ]);
  }

  it('shows what goes with an application', async () => {
    await begin({ ...base, 'apps/one/a.yaml': page });
    expect(await plan(base)).toEqual(['one: ConfigMap/page deleted']);
  });

  it('knows the namespaces that other applications of the commit make', async () => {
    await begin({ 'apps/x/a.yaml': configMap('x', 'x', 'default') });
    expect(
      await plan({
        'apps/a/a.yaml': page,
        'apps/x/a.yaml': configMap('x', 'x', 'default'),
        'apps/z/a.yaml': NAMESPACE,
      }),
    ).toEqual(['a: ConfigMap/page created', 'z: Namespace/shop created']);
  });

  it('says of a move what then happens', async () => {
    await begin({ ...base, 'apps/one/a.yaml': page, 'apps/one/b.yaml': deployment('web') });
    const moved = { ...base, 'apps/one/b.yaml': deployment('web'), 'apps/two/a.yaml': configMap('page', 'moved') };
    expect(await plan(moved)).toEqual(['one: ConfigMap/page skipped', 'two: ConfigMap/page configured']);
  });
});
