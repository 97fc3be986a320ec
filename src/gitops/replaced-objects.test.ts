import { afterEach, expect, it } from 'vitest';
import { noDataKeys } from '../host/data-keys.ts';
import { NoCharts } from '../host/sim/no-charts.ts';
import { noModelValidators } from '../manifests/index.ts';
import { ManifestApplicationLoader } from './manifest-application-loader.ts';
import { planCommit } from './plan-commit.ts';
import { drive, NAMESPACE, TestLoop, type TestLoopOptions } from './testing.ts';

const FORCE = 'kustomize.toolkit.fluxcd.io/force: enabled';
const BERTH = 'apiVersion: berth.dev/v1alpha1\nkind: Application\nspec: {force: true}\n';

let loop: TestLoop;

afterEach(async () => {
  await loop.stop();
});

async function begin(files: Readonly<Record<string, string>>, options: TestLoopOptions = {}): Promise<void> {
  loop = new TestLoop(options);
  loop.push({ 'a.yaml': NAMESPACE, ...files });
  await loop.start();
  await loop.run(15_000);
  expect(loop.phaseOf('root')).toBe('Healthy');
  loop.events.length = 0;
}

async function change(files: Readonly<Record<string, string>>, ms = 30_000): Promise<void> {
  loop.push({ 'a.yaml': NAMESPACE, ...files });
  await loop.run(ms);
}

const readsSettings: TestLoopOptions['createLoader'] = (source, { clock }) =>
  new ManifestApplicationLoader({
    source,
    clock,
    validators: { validators: noModelValidators, load: async () => {} },
    exists: () => false,
    find: () => undefined,
    dataKeys: noDataKeys,
    charts: new NoCharts(),
  });

function web(app: string, annotation = ''): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  annotations: {${annotation}}
spec:
  replicas: 2
  selector: {matchLabels: {app: ${app}}}
  template:
    metadata: {labels: {app: ${app}}}
    spec: {containers: [{name: app, image: "app:1"}]}
`;
}

function frozen(kind: 'ConfigMap' | 'Secret', value: string, metadata = ''): string {
  const data = kind === 'Secret' ? 'stringData' : 'data';
  return `apiVersion: v1\nkind: ${kind}\nmetadata: {name: page, namespace: shop${metadata}}\nimmutable: true\n${data}: {password: ${value}}\n`;
}

function getWeb() {
  return loop.test.client.get('Deployment', { namespace: 'shop', name: 'web' });
}

function changesSaid(): readonly string[] {
  return loop.events.flatMap((event) =>
    event.type === 'applied' || event.type === 'drift'
      ? event.changes.map(({ action, id, reason }) => `${event.type}: ${id.kind} ${action}; ${reason ?? ''}`)
      : [],
  );
}

function problems() {
  return loop.reconciler.applications.flatMap(({ verdict }) => verdict.problems);
}

it('a field that may not change refuses the commit under its own code, with both values and its line', async () => {
  await begin({ 'web.yaml': web('web') }, { createLoader: readsSettings });
  const uid = getWeb()?.metadata.uid;
  await change({ 'web.yaml': web('www') });
  expect(loop.phaseOf('root')).toBe('Invalid');
  expect(problems()).toEqual([
    expect.objectContaining({
      code: 'FieldImmutable',
      field: 'spec.selector',
      path: 'web.yaml',
      line: 9,
      message:
        'spec.selector may not change once the object exists: spec.selector.matchLabels.app is "web" and would become "www"',
      help: expect.stringContaining(FORCE),
    }),
  ]);
  expect(getWeb()?.metadata.uid).toBe(uid);
});

it('no value of a Secret that may not change is told', async () => {
  await begin({ 'page.yaml': frozen('Secret', 'swordfish') });
  await change({ 'page.yaml': frozen('Secret', 'hunter2') });
  expect(problems()[0]?.message).toContain('values of Secrets are not shown');
  expect(JSON.stringify([problems(), loop.messageOf('root')])).not.toMatch(/swordfish|hunter2|c3dvcmRmaXNo|aHVudGVyMg/);
});

it.each([
  ['its annotation', { 'web.yaml': web('web', FORCE) }, { 'web.yaml': web('www', FORCE) }, {}],
  [
    'the settings of its application',
    { 'web.yaml': web('web'), 'berth.yaml': BERTH },
    { 'web.yaml': web('www'), 'berth.yaml': BERTH },
    { createLoader: readsSettings },
  ],
])(
  'an object is deleted and made anew where %s says so, and its pods go with it',
  async (_, before, after, options) => {
    await begin(before, options);
    const uid = getWeb()?.metadata.uid;
    await change(after);
    expect(changesSaid()).toEqual(['applied: Deployment replaced; a field changes that may not, and `force` is set']);
    expect(getWeb()?.metadata.uid).not.toBe(uid);
    expect(loop.phaseOf('root')).toBe('Healthy');
    expect(loop.state.getInventoryEntry('root', '/apps/deployments/shop/web')?.uid).toBe(getWeb()?.metadata.uid);
    const pods = loop.test.client.list('Pod', { namespace: 'shop' });
    expect(pods.map(({ metadata }) => metadata.labels?.['app'])).toEqual(['www', 'www']);
    expect(loop.test.client.list('ReplicaSet', { namespace: 'shop' })).toHaveLength(1);
  },
);

it('what its finalizers hold is made anew as soon as it has gone', async () => {
  const metadata = `, annotations: {${FORCE}}, finalizers: [example.org/hold]`;
  await begin({ 'page.yaml': frozen('ConfigMap', 'one', metadata) });
  await change({ 'page.yaml': frozen('ConfigMap', 'two', metadata) });
  expect(changesSaid()).toEqual([
    'applied: ConfigMap replaced; a field changes that may not, and `force` is set; as soon as the old one has gone',
  ]);
  expect(loop.phaseOf('root')).toBe('Progressing');
  const { client } = loop.test;
  const id = { namespace: 'shop', name: 'page' };
  const held = client.get('ConfigMap', id);
  expect(held?.metadata.deletionTimestamp).toBeDefined();
  client.patch({ apiVersion: 'v1', kind: 'ConfigMap', ...id }, 'merge', { metadata: { finalizers: [] } });
  await loop.run(15_000);
  expect(client.get('ConfigMap', id)?.data).toEqual({ password: 'two' });
  expect(loop.phaseOf('root')).toBe('Healthy');
});

it('what would be refused anew as well is not deleted', async () => {
  await begin({ 'web.yaml': web('web', FORCE) });
  const uid = getWeb()?.metadata.uid;
  await change({ 'web.yaml': web('www', FORCE).replace('replicas: 2', 'replicas: -1') });
  expect(loop.phaseOf('root')).toBe('Invalid');
  await change({
    'web.yaml': web('www', FORCE).replace(
      'template:\n    metadata: {labels: {app: www}}',
      'template:\n    metadata: {labels: {app: other}}',
    ),
  });
  expect(loop.phaseOf('root')).toBe('Invalid');
  expect(getWeb()?.metadata.uid).toBe(uid);
});

it('a plan says what would be replaced and writes nothing', async () => {
  await begin({ 'web.yaml': web('web', FORCE) });
  const { client, clock, store } = loop.test;
  const revision = store.revision;
  loop.push({ 'a.yaml': NAMESPACE, 'web.yaml': web('www', FORCE) }, 'other');
  const commit = loop.repository.tip('other');
  if (commit === undefined) throw new Error('nothing was pushed');
  const options = { client: client.as({ user: 'x', fieldManager: 'x' }), source: loop.source, loader: loop.loader };
  const planned = planCommit({ ...options, state: loop.state, clock, paths: ['.'], rootName: 'root', commit });
  const [plan] = await drive(clock, planned);
  expect(plan?.changes.map(({ action, id }) => `${id.kind} ${action}`)).toEqual([
    'Namespace unchanged',
    'Deployment replaced',
  ]);
  expect(plan?.changes[1]?.fields.map(({ path }) => path.join('.'))).toContain('spec.selector.matchLabels.app');
  expect(store.revision).toBe(revision);
});
