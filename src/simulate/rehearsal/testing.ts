import { type LoadedCommit, loadCommit, ManifestApplicationLoader, NO_OBSERVATIONS } from '../../gitops/index.ts';
import { noDataKeys } from '../../host/data-keys.ts';
import { NoCharts } from '../../host/sim/no-charts.ts';
import { VirtualClock } from '../../lib/virtual-clock.ts';
import { noModelValidators } from '../../manifests/index.ts';
import { MemoryRepository } from '../../source/memory/memory-repository.ts';
import { MemorySource } from '../../source/memory/memory-source.ts';
import { WORLD_SETTINGS } from '../world-settings.ts';
import { type Rehearsal, type RehearsalOptions, rehearse } from './rehearse.ts';
import { CachedTrees } from './rehearsed-commit.ts';

export type Files = Readonly<Record<string, string>>;

/** Rehearses a change from files to files, starting from nothing unless `entries` say what runs. */
export async function rehearseFiles(
  base: Files | undefined,
  head: Files,
  options: Partial<RehearsalOptions> = {},
): Promise<Rehearsal> {
  const repository = new MemoryRepository();
  const clock = new VirtualClock();
  const source = new MemorySource({ repository, branch: 'main', clock });
  const trees = new CachedTrees((tree) => source.readTree(tree));
  const settings = { ...WORLD_SETTINGS, paths: ['.'] };
  const load = (files: Files): Promise<LoadedCommit> => {
    const commit = repository.commit('main', new Map(Object.entries(files)), { message: 'A change', atMs: 0 });
    const loader = new ManifestApplicationLoader({
      source,
      clock,
      validators: { validators: noModelValidators, load: async () => {} },
      exists: () => false,
      find: () => undefined,
      dataKeys: noDataKeys,
      charts: new NoCharts(),
    });
    return settle(clock, loadCommit({ source: trees, loader, paths: ['.'], rootName: 'memory', commit }));
  };
  const deployed = base === undefined ? undefined : await load(base);
  return rehearse({
    settings,
    repository: 'memory',
    entries: [],
    trees,
    deployed,
    head: await load(head),
    observations: NO_OBSERVATIONS,
    missingImages: [],
    startWallMs: Date.UTC(2026, 0, 1),
    overBudget: () => undefined,
    ...options,
  });
}

/** Fires virtual timers until a promise has settled. */
async function settle<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let isDone = false;
  const done = promise.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    clock.fireNext();
  }
  return done;
}
