import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BoxSettings, rootNameOf } from '../../box/index.ts';
import {
  GitopsState,
  type LoadedCommit,
  type LoadedFolder,
  loadCommit,
  ManifestApplicationLoader,
  type ManifestApplicationLoaderOptions,
  NO_OBSERVATIONS,
} from '../../gitops/index.ts';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import { LinuxRandom } from '../../host/linux/linux-random.ts';
import { ModelValidatorLoader } from '../../host/linux/model-validators.ts';
import { storageKeyOf } from '../../objects/index.ts';
import type { StoredObject } from '../../objects/types.ts';
import type { ImageReport, PlanReport } from '../../report/index.ts';
import {
  CachedTrees,
  keyOfPublished,
  type Rehearsal,
  rehearse,
  seedFromStatus,
} from '../../simulate/rehearsal/index.ts';
import { type CommitInfo, openSource, type Source, type SourceCredentials, SourceError } from '../../source/index.ts';
import type { Entry } from '../../store/index.ts';
import { askRegistries } from './ask-registries.ts';
import { chooseCommits, type PlannedCommits } from './choose-commits.ts';
import { composeReport } from './compose-report.ts';
import { createBudget } from './plan-budget.ts';
import { type LiveChoice, type LiveReading, readLive } from './read-live.ts';
import type { ImageLookup } from './registries/image-lookup.ts';
import { settingsFromStatus } from './settings-from-status.ts';

export interface PlanRequest {
  /** A path or an address. */
  readonly repository: string;
  readonly credentials: SourceCredentials;
  /** The branch that is deployed. */
  readonly branch: string;
  readonly statusBranch: string;
  /** Absent: the only one that the status branch has. */
  readonly cluster?: string;
  /** Absent: those that the box says it has, else the root. */
  readonly paths?: readonly string[];
  /**
   * What the application at the repository's root is called where nobody knows it yet; absent: as the repository's
   * folder.
   */
  readonly rootName?: string;
  /** What to plan and what to compare it with: branches, tags, ids, `HEAD~1`. */
  readonly head?: string;
  readonly base?: string;
  /** The base is `base` itself and not where the head left it. */
  readonly exactBase?: boolean;
  readonly live: LiveChoice;
  readonly storeDirectory: string;
  /** How this box is set up; what the status branch says of another one goes over it. */
  readonly settings: BoxSettings;
  /** What renders charts and opens encrypted files. */
  readonly renderers: Pick<ManifestApplicationLoaderOptions, 'charts' | 'dataKeys' | 'kustomize'>;
  /** Absent: registries are not asked. */
  readonly lookUpImages?: ImageLookup;
}

/** Everything that was read and played, before it becomes a report. */
export interface PlanResult {
  readonly request: PlanRequest;
  readonly source: string;
  readonly settings: BoxSettings;
  readonly commits: PlannedCommits;
  readonly live: LiveReading;
  readonly base: LoadedCommit | undefined;
  readonly head: LoadedCommit;
  readonly deployed: LoadedCommit | undefined;
  readonly entries: readonly Entry[];
  readonly images: readonly ImageReport[];
  readonly rehearsal: Rehearsal;
  readonly nowMs: number;
}

/**
 * Plans a change: reads its commits and what is live, plays it forward, and reports. Only Git objects are read, never a
 * checkout; nothing is written and nothing that the repository says is executed. Rejects with a `SourceError` for what
 * is not there.
 */
export async function planChange(request: PlanRequest): Promise<PlanReport> {
  const workDirectory = await mkdtemp(join(tmpdir(), 'berth-plan-'));
  try {
    const source = await openSource({
      repository: request.repository,
      branch: request.branch,
      workDirectory,
      clock: linuxClock,
      random: new LinuxRandom(),
      credentials: request.credentials,
    });
    try {
      return composeReport(await play(request, source));
    } finally {
      await source.close();
    }
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}

async function play(request: PlanRequest, source: Source): Promise<PlanResult> {
  const budget = createBudget();
  // Only what was fetched can be resolved by name; a branch that is not there is said of what was asked for.
  await source.resolve().catch(() => undefined);
  const { choice, cluster } = { choice: request.live, cluster: request.cluster };
  const { statusBranch, storeDirectory } = request;
  const live = await readLive({ choice, source, storeDirectory, statusBranch, cluster });
  const commits = await chooseCommits(request, source, live.source === 'store');
  const settings = settingsOf(request, live);
  const rootName = rootNameIn(live) ?? request.rootName ?? rootNameOf(source.description);
  const loader = new CommitLoader(source, settings, request.renderers, rootName);
  loader.find = finderOf(live);
  const deployed = await loader.loadDeployed(live, commits);
  const nowMs = linuxClock.wallMs();
  const entries = entriesOf(live, deployed, nowMs);
  // A status branch says of what is deployed only what its manifests do not: with them it is whole.
  if (live.source === 'status-branch') {
    const known = new Map(entries.map((entry) => [entry.key, entry]));
    loader.find = (key) => known.get(key)?.value as StoredObject | undefined;
  }
  const base = commits.base === undefined ? undefined : await loader.load(commits.base);
  const head = await loader.load(commits.head);
  const images = await askRegistries(request, { base: base ?? deployed?.commit, head, entries });
  const rehearsal = await rehearse({
    settings,
    repository: rootName,
    entries,
    trees: loader.trees,
    deployed: deployed?.commit ?? (live.source === 'nothing' ? base : undefined),
    head,
    observations:
      live.source === 'store'
        ? live.observed
        : live.source === 'status-branch'
          ? live.status.observed
          : NO_OBSERVATIONS,
    missingImages: images.filter(({ found }) => found === 'no').map(({ image }) => image),
    foundImages: images.filter(({ found }) => found === 'yes').map(({ image }) => image),
    startWallMs: nowMs,
    overBudget: budget,
    // Against what is live, every object is compared.
    keepAll: base === undefined,
  });
  return {
    request,
    source: source.description,
    settings,
    commits,
    live,
    base,
    head,
    deployed: deployed?.commit,
    entries,
    images,
    rehearsal,
    nowMs,
  };
}

/** What the box calls the application at the repository's root: a checkout's folder may have any name. */
function rootNameIn(live: LiveReading): string | undefined {
  if (live.source === 'nothing') return undefined;
  const applications =
    live.source === 'store' ? new GitopsState(live.store).listApplications() : live.status.applications;
  return applications.find(({ path }) => path === '.')?.name;
}

function settingsOf(request: PlanRequest, live: LiveReading): BoxSettings {
  const settings =
    live.source === 'status-branch' ? settingsFromStatus(request.settings, live.status) : request.settings;
  return request.paths === undefined ? settings : { ...settings, paths: request.paths };
}

/** What is deployed, as one commit, with what each application has of it by name. */
interface Deployed {
  readonly commit: LoadedCommit;
  readonly folders: ReadonlyMap<string, LoadedFolder>;
}

class CommitLoader {
  readonly trees: CachedTrees;
  /** The live object of a key. */
  find: (key: string) => StoredObject | undefined = () => undefined;
  readonly #source: Source;
  readonly #settings: BoxSettings;
  readonly #rootName: string;
  readonly #loader: ManifestApplicationLoader;
  readonly #loaded = new Map<string, LoadedCommit>();

  constructor(source: Source, settings: BoxSettings, renderers: PlanRequest['renderers'], rootName: string) {
    this.#source = source;
    this.#settings = settings;
    this.#rootName = rootName;
    this.trees = new CachedTrees((tree) => source.readTree(tree));
    this.#loader = new ManifestApplicationLoader({
      source,
      clock: linuxClock,
      validators: new ModelValidatorLoader(),
      ...renderers,
      find: (id) => this.find(storageKeyOf({ apiVersion: 'v1', ...id })),
      exists: ({ key }) => this.find(key) !== undefined,
    });
  }

  async load(commit: CommitInfo): Promise<LoadedCommit> {
    const known = this.#loaded.get(commit.id);
    if (known !== undefined) return known;
    const loaded = await loadCommit({
      source: this.trees,
      loader: this.#loader,
      paths: this.#settings.paths,
      rootName: this.#rootName,
      commit,
    });
    const judged = { ...loaded, applications: loaded.applications.map(withoutKeys) };
    this.#loaded.set(commit.id, judged);
    return judged;
  }

  /** The commits that the applications were brought to last; those that the repository has. */
  async loadDeployed(live: LiveReading, { base, head }: PlannedCommits): Promise<Deployed | undefined> {
    if (live.source === 'nothing') return undefined;
    const commits = new Map<string, CommitInfo>();
    for (const id of new Set(live.applied.values())) {
      const commit = await this.#source.resolveRevision(id).catch(ignoreMissing);
      if (commit !== undefined) commits.set(id, commit);
    }
    const folders = new Map<string, LoadedFolder>();
    for (const [name, id] of live.applied) {
      const commit = commits.get(id);
      const loaded = commit === undefined ? undefined : await this.load(commit);
      const folder = loaded?.applications.find(({ application }) => application.name === name);
      if (folder !== undefined) folders.set(name, folder);
    }
    if (folders.size === 0) return undefined;
    const newest = [...commits.values()].sort((a, b) => b.committedAtMs - a.committedAtMs)[0] ?? base ?? head;
    const commit = await this.load(newest);
    const applications = commit.applications.map((one) => folders.get(one.application.name) ?? one);
    return { commit: { ...commit, applications }, folders };
  }
}

/**
 * Only the box has the keys of encrypted files: what cannot be opened here is left as it is on the box, which is said
 * and is no error of the change.
 */
function withoutKeys(folder: LoadedFolder): LoadedFolder {
  const { problems } = folder.loaded;
  if (!problems.some(({ code }) => code === 'DecryptionKeyMissing')) return folder;
  const judged = problems.map((problem) =>
    problem.code === 'DecryptionKeyMissing' ? { ...problem, severity: 'warning' as const } : problem,
  );
  return { ...folder, loaded: { ...folder.loaded, problems: judged } };
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof SourceError && error.reason !== 'RepositoryMissing') return undefined;
  throw error;
}

/** What the box has, as far as that can be told before what is deployed there was loaded: loading asks what exists. */
function finderOf(live: LiveReading): CommitLoader['find'] {
  if (live.source === 'nothing') return () => undefined;
  if (live.source === 'store') return (key) => live.store.get(key)?.value as StoredObject | undefined;
  const objects = new Map(live.status.objects.map((object) => [keyOfPublished(object), object]));
  return (key) => objects.get(key) as StoredObject | undefined;
}

function entriesOf(live: LiveReading, deployed: Deployed | undefined, nowMs: number): readonly Entry[] {
  if (live.source === 'store') return live.store.list('');
  if (live.source === 'nothing') return [];
  return seedFromStatus({ status: live.status, deployed: deployed?.folders ?? new Map(), nowMs });
}
