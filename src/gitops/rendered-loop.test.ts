import { afterEach, describe, expect, it } from 'vitest';
import { noDataKeys } from '../host/data-keys.ts';
import { NoCharts } from '../host/sim/no-charts.ts';
import { noModelValidators } from '../manifests/index.ts';
import { ManifestApplicationLoader } from './manifest-application-loader.ts';
import { configMap, deployment, NAMESPACE, TestLoop } from './testing.ts';

let loop: TestLoop;

const FILES = {
  'base/kustomization.yaml': 'resources: [namespace.yaml, page.yaml, web.yaml]\n',
  'base/namespace.yaml': NAMESPACE,
  'base/page.yaml': configMap('page', 'one'),
  'base/web.yaml': deployment('web'),
  'overlays/prod/kustomization.yaml': 'resources: [../../base]\nreplicas: [{name: web, count: 2}]\n',
  'overlays/staging/kustomization.yaml': 'resources: [../../base]\nnamespace: staging\n',
};

async function begin(paths: readonly string[]): Promise<void> {
  loop = new TestLoop({
    paths,
    createLoader: (source, { client, clock }) =>
      new ManifestApplicationLoader({
        source,
        clock,
        validators: { validators: noModelValidators, load: async () => {} },
        charts: new NoCharts(),
        dataKeys: noDataKeys,
        exists: () => true,
        find: (id) => client.getObject({ apiVersion: 'v1', ...id }),
      }),
  });
  loop.push(FILES);
  await loop.start();
  await loop.run(10_000);
}

/** Pushes, and returns the applications that were brought forward. */
async function push(change: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const from = loop.events.length;
  loop.push({ ...FILES, ...change });
  await loop.run(10_000);
  const synced = loop.events.slice(from).filter(({ type }) => type === 'applied');
  return synced.map((event) => ('application' in event ? String(event.application) : '')).sort();
}

const page = (namespace: string) =>
  loop.test.client.getObject({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'page' });

afterEach(() => loop.stop());

describe('applications that are overlays of one base', () => {
  it('are rolled out as they render', async () => {
    await begin(['overlays/*']);
    expect([loop.phaseOf('prod'), loop.phaseOf('staging')]).toEqual(['Healthy', 'Healthy']);
    const web = loop.test.client.getObject({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: 'shop',
      name: 'web',
    });
    expect(web).toMatchObject({ spec: { replicas: 2 } });
    expect(page('staging')).toMatchObject({ data: { key: 'one' } });
  });

  it('follow a change of the base that lies outside of their folders, and nothing that they do not use', async () => {
    await begin(['overlays/*']);
    expect(await push({ 'README.md': 'x', 'overlays/prod/notes.txt': 'x' })).toEqual([]);
    expect(await push({ 'base/page.yaml': configMap('page', 'two') })).toEqual(['prod', 'staging']);
    expect([page('shop'), page('staging')]).toMatchObject([{ data: { key: 'two' } }, { data: { key: 'two' } }]);
    const staging = 'resources: [../../base]\nnamespace: staging\ncommonAnnotations: {note: x}\n';
    expect(
      await push({ 'base/page.yaml': configMap('page', 'two'), 'overlays/staging/kustomization.yaml': staging }),
    ).toEqual(['staging']);
  });

  it('change nothing where the base cannot be rendered, and heal with the next commit', async () => {
    await begin(['overlays/prod']);
    await push({ 'base/kustomization.yaml': 'resources: [namespace.yaml, page.yaml, wep.yaml]\n' });
    expect(loop.phaseOf('prod')).toBe('Invalid');
    expect(page('shop')).toMatchObject({ data: { key: 'one' } });
    await push({});
    expect(loop.phaseOf('prod')).toBe('Healthy');
  });
});
