import { afterEach, expect, it } from 'vitest';
import { noDataKeys } from '../host/data-keys.ts';
import { NoCharts } from '../host/sim/no-charts.ts';
import { noModelValidators } from '../manifests/index.ts';
import { ManifestApplicationLoader } from './manifest-application-loader.ts';
import { configMap, drive, NAMESPACE, TestLoop } from './testing.ts';
import { TreeReader } from './tree-reader.ts';

const loop = new TestLoop({
  paths: ['apps/*'],
  createLoader: (source, { clock }) => {
    const validators = { validators: noModelValidators, load: async () => {} };
    const sight = { exists: () => false, find: () => undefined, dataKeys: noDataKeys, charts: new NoCharts() };
    return new ManifestApplicationLoader({ source, validators, clock, ...sight });
  },
});

afterEach(() => loop.stop());

/** Whether a load of the folder begins from an earlier one. */
async function isRemembered(path: string, rootTree: string): Promise<boolean> {
  const reader = new TreeReader(loop.source);
  const opened = await loop.loader.open({ path, rootTree, reader });
  return (await opened?.load())?.changes !== undefined;
}

it('forgets what it loaded of an application once that is gone, and nothing of the others', async () => {
  const kept = { 'apps/base/shop.yaml': NAMESPACE };
  loop.push({ ...kept, 'apps/web/page.yaml': configMap('page', 'a') });
  await loop.start();
  const { tree = '' } = loop.reconciler.commit ?? {};
  expect(await drive(loop.test.clock, isRemembered('apps/web', tree))).toBe(true);
  loop.push(kept);
  await loop.run(60_000);
  expect(loop.reconciler.applications.map(({ application }) => application.path)).toEqual(['apps/base']);
  expect(await drive(loop.test.clock, isRemembered('apps/base', tree))).toBe(true);
  expect(await drive(loop.test.clock, isRemembered('apps/web', tree))).toBe(false);
});
