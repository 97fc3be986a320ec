import type { Client } from '../api/client.ts';
import type { Clock } from '../lib/clock.ts';
import { BerthError } from '../lib/errors.ts';
import type { ChangeProblem, ChangeSet } from '../plan/index.ts';
import type { CommitInfo, Source } from '../source/source.ts';
import type { Application, LoadedApplication, ReportedProblem } from './application.ts';
import { applyObjects } from './apply-objects.ts';
import type { GitopsState } from './gitops-state.ts';
import { pruneObjects } from './prune-objects.ts';
import type { ApplicationLoader } from './reconciler.ts';
import { loadFailed, pathMissing } from './reported-problem.ts';
import { selectApplications } from './select-applications.ts';
import { TreeReader } from './tree-reader.ts';

export interface PlanCommitOptions {
  readonly source: Source;
  readonly loader: ApplicationLoader;
  readonly client: Client;
  readonly state: GitopsState;
  readonly clock: Clock;
  readonly paths: readonly string[];
  readonly rootName: string;
  readonly commit: CommitInfo;
}

/** What bringing in a commit would do to one application. */
export interface ApplicationPlan extends ChangeSet {
  readonly path: string;
  /** Problems found before anything was compared: then there are no changes. */
  readonly loadProblems: readonly ReportedProblem[];
  readonly omittedProblems: number;
}

interface Loaded {
  readonly application: Application;
  readonly loaded: LoadedApplication;
}

/** Computes, without writing anything, what the loop would do with `commit`. */
export async function planCommit(options: PlanCommitOptions): Promise<readonly ApplicationPlan[]> {
  const { source, commit, paths, rootName } = options;
  const reader = new TreeReader(source);
  const { applications } = await selectApplications(reader, commit.tree, paths, rootName);
  const all: Loaded[] = [];
  for (const application of applications) all.push({ application, loaded: await load(options, reader, application) });
  const declaredKeys = new Map(
    all.map(({ application, loaded }) => [application.name, new Set(loaded.objects.map(({ key }) => key))]),
  );
  const plans: ApplicationPlan[] = [];
  for (const one of all) plans.push(await planApplication(options, one, declaredKeys));
  return plans;
}

async function load(
  options: PlanCommitOptions,
  reader: TreeReader,
  application: Application,
): Promise<LoadedApplication> {
  const failed = (problem: ReportedProblem): LoadedApplication => ({
    objects: [],
    problems: [problem],
    omittedProblems: 0,
    files: 0,
    passedOver: 0,
  });
  try {
    const tree = await reader.findFolder(options.commit.tree, application.path);
    if (tree === undefined) {
      return failed(pathMissing(application.path));
    }
    const ignores = await reader.listIgnoresAbove(options.commit.tree, application.path);
    return await options.loader.load(application.path, [
      ...ignores,
      ...(await reader.listFiles(tree, application.path)),
    ]);
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    return failed(loadFailed(application.path, error));
  }
}

async function planApplication(
  options: PlanCommitOptions,
  { application, loaded }: Loaded,
  declaredKeys: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<ApplicationPlan> {
  const { client, state, clock } = options;
  const { name, path } = application;
  const base = { application: name, path, loadProblems: loaded.problems, omittedProblems: loaded.omittedProblems };
  if (loaded.problems.some(({ severity }) => severity === 'error')) return { ...base, changes: [], problems: [] };
  const applied = await applyObjects({
    client,
    state,
    clock,
    application: name,
    objects: loaded.objects,
    mode: 'plan',
    isDeclaredBy: (other, key) => other !== name && declaredKeys.get(other)?.has(key) === true,
    isDirty: () => true,
  });
  const declared = declaredKeys.get(name) ?? new Set<string>();
  const isDeclaredElsewhere = (key: string) =>
    [...declaredKeys].some(([other, keys]) => other !== name && keys.has(key));
  const pruned = await pruneObjects({
    client,
    state,
    clock,
    application: name,
    declared,
    isDeclaredElsewhere,
    mode: 'plan',
  });
  const isEmpty = loaded.objects.length === 0;
  return {
    ...base,
    changes: [...applied.changes, ...(isEmpty ? [] : pruned.changes)],
    problems: isEmpty && pruned.changes.length > 0 ? [...applied.problems, emptyProblem(name, path)] : applied.problems,
  };
}

/** "Never … for an empty render": a folder that declares nothing any more deletes nothing. */
function emptyProblem(name: string, path: string): ChangeProblem {
  const id = { apiVersion: '', kind: 'Application', name };
  return { id, code: 'EmptyApplication', message: `${path} declares nothing any more; what runs is kept` };
}
