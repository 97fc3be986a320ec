import { type LoadedCommit, loadCommit, ManifestApplicationLoader, NO_OBSERVATIONS } from '../../gitops/index.ts';
import { noDataKeys } from '../../host/data-keys.ts';
import { NoCharts } from '../../host/sim/no-charts.ts';
import { VirtualClock } from '../../lib/virtual-clock.ts';
import { noModelValidators } from '../../manifests/index.ts';
import { MemoryRepository } from '../../source/memory/memory-repository.ts';
import { MemorySource } from '../../source/memory/memory-source.ts';
import { WORLD_SETTINGS } from '../world-settings.ts';
import { ObservedDurations } from './observed-durations.ts';
import { RehearsalWorld } from './rehearsal-world.ts';
import { type Rehearsal, type RehearsalOptions, rehearse } from './rehearse.ts';
import { CachedTrees, RehearsedRepository } from './rehearsed-commit.ts';

export type Files = Readonly<Record<string, string>>;

type Extras = Partial<Omit<RehearsalOptions, 'deployed'>>;

interface Prepared extends Omit<RehearsalOptions, 'deployed'> {
  readonly deployed: LoadedCommit;
}

/** Loads both sides of a change; nothing runs. */
async function prepare(base: Files, head: Files, options: Extras): Promise<Prepared> {
  const settings = { ...WORLD_SETTINGS, paths: ['.'], ...options.settings };
  const repository = new MemoryRepository();
  const clock = new VirtualClock();
  const source = new MemorySource({ repository, branch: 'main', clock });
  const trees = new CachedTrees((tree) => source.readTree(tree));
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
    return settle(clock, loadCommit({ source: trees, loader, paths: settings.paths, rootName: 'memory', commit }));
  };
  return {
    settings,
    repository: 'memory',
    entries: [],
    trees,
    deployed: await load(base),
    head: await load(head),
    observations: NO_OBSERVATIONS,
    missingImages: [],
    startWallMs: START_WALL_MS,
    overBudget: () => undefined,
    ...options,
  };
}

const START_WALL_MS = Date.UTC(2026, 0, 1);

/** Rehearses a change from files to files; the base is brought up first. */
export async function rehearseFiles(base: Files, head: Files, options: Extras = {}): Promise<Rehearsal> {
  return rehearse(await prepare(base, head, options));
}

/**
 * Rehearses a change three times: with the base brought up in the same world, and from the content of a store that
 * another world has left, with what the change cannot reach left out and with everything.
 */
export async function rehearseTwice(
  base: Files,
  head: Files,
  options: Extras = {},
): Promise<{ readonly played: Rehearsal; readonly adopted: Rehearsal; readonly whole: Rehearsal }> {
  const prepared = await prepare(base, head, options);
  const played = await rehearse(prepared);
  const live = { ...prepared, ...(await bringUp(prepared, [prepared.deployed])) };
  return { played, adopted: await rehearse(live), whole: await rehearse({ ...live, keepAll: true }) };
}

/**
 * Rehearses the last of three states from what another world has left, into which the first two were pushed; `later` is
 * known only then.
 */
export async function rehearseLive(
  [first, second, third]: readonly [Files, Files, Files],
  options: Extras,
  later: Extras,
): Promise<Rehearsal> {
  const before = await prepare(first, second, options);
  const live = await bringUp(before, [before.deployed, before.head]);
  return rehearse({ ...(await prepare(second, third, options)), ...live, ...later });
}

/** What a world holds after commits were pushed into it, each two minutes after the one before. */
async function bringUp(
  prepared: Prepared,
  commits: readonly LoadedCommit[],
): Promise<Pick<Prepared, 'entries' | 'startWallMs'>> {
  const repository = new RehearsedRepository('memory', prepared.trees);
  const world = new RehearsalWorld({
    ...prepared,
    seed: 2,
    repository,
    durations: new ObservedDurations(NO_OBSERVATIONS),
  });
  for (const [index, commit] of commits.entries()) {
    repository.push(commit);
    await (index === 0 ? world.start() : world.sync());
    await world.runUntil(() => false, world.clock.monotonicMs() + 120_000);
  }
  const entries = world.registry.store.list('');
  const startWallMs = world.clock.wallMs();
  await world.stop();
  return { entries, startWallMs };
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
