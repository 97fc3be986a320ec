import type { Client } from '../api/client.ts';
import type { Clock } from '../lib/clock.ts';
import type { ChangeProblem, ChangeSet } from '../plan/index.ts';
import type { CommitInfo, Source } from '../source/source.ts';
import {
  type Application,
  type ApplicationLoader,
  type DeclaredObject,
  declaresNothing,
  hasErrors,
  type LoadedApplication,
  type ReportedProblem,
  whatIsDeclared,
} from './application.ts';
import { applyObjects, findRefusals } from './apply-objects.ts';
import { computeVanished } from './compute-vanished.ts';
import type { GitopsState } from './gitops-state.ts';
import { type LoadedFolder, loadCommit } from './load-commit.ts';
import { type PruneResult, pruneObjects } from './prune-objects.ts';

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

/**
 * Computes, without writing anything, what the loop would do with `commit`, to the applications that go with it as
 * well.
 */
export async function planCommit(options: PlanCommitOptions): Promise<readonly ApplicationPlan[]> {
  const { source, loader, commit, paths, rootName, state } = options;
  const { selected, applications: all } = await loadCommit({ source, loader, commit, paths, rootName });
  const declared = new Map(all.map(({ application, loaded }) => [application.name, whatIsDeclared(loaded)]));
  const declares = ({ name }: Application) => declared.get(name) ?? 'unknown';
  const { removed } = computeVanished({ known: state.listApplications(), selected, paths, declares });
  const declarations = new Declarations(state, all, removed);
  const plans: ApplicationPlan[] = [];
  for (const one of all) plans.push(await planApplication(options, one, declarations, listNamespaces(all, one)));
  for (const application of removed) plans.push(await planRemoval(options, application, declarations));
  return plans;
}

/**
 * Which application will declare what. One that does not load goes on declaring what it applied last, as it does in the
 * loop.
 */
class Declarations {
  readonly #state: GitopsState;
  readonly #keys: ReadonlyMap<string, ReadonlySet<string> | undefined>;

  constructor(state: GitopsState, all: readonly LoadedFolder[], removed: readonly Application[]) {
    this.#state = state;
    this.#keys = new Map([
      ...all.map(
        ({ application, loaded }) => [application.name, hasErrors(loaded) ? undefined : keysOf(loaded)] as const,
      ),
      ...removed.map(({ name }) => [name, new Set<string>()] as const),
    ]);
  }

  isDeclaredBy(application: string, key: string): boolean {
    const keys = this.#keys.get(application);
    if (keys !== undefined) return keys.has(key);
    return this.#state.getInventoryEntry(application, key) !== undefined;
  }

  findDeclarer(key: string, except: string): string | undefined {
    return [...this.#keys.keys()].find((name) => name !== except && this.isDeclaredBy(name, key));
  }
}

function keysOf({ objects }: LoadedApplication): ReadonlySet<string> {
  return new Set(objects.map(({ key }) => key));
}

/** Namespaces that other applications make: the loop tries an application that lacks one again when it is there. */
function listNamespaces(all: readonly LoadedFolder[], except: LoadedFolder): readonly DeclaredObject[] {
  const others = all.filter((one) => one !== except && !hasErrors(one.loaded));
  return others.flatMap(({ loaded }) => loaded.objects.filter(({ id }) => id.kind === 'Namespace'));
}

async function planApplication(
  options: PlanCommitOptions,
  { application, loaded }: LoadedFolder,
  declarations: Declarations,
  otherNamespaces: readonly DeclaredObject[],
): Promise<ApplicationPlan> {
  const { client, state, clock } = options;
  const { name, path } = application;
  const base = { application: name, path, loadProblems: loaded.problems, omittedProblems: loaded.omittedProblems };
  const apply = {
    client,
    state,
    clock,
    application: name,
    objects: loaded.objects,
    otherNamespaces,
    isDeclaredBy: (other: string, key: string) => other !== name && declarations.isDeclaredBy(other, key),
    isDirty: () => true,
    isForced: loaded.isForced,
  };
  if (hasErrors(loaded)) return { ...base, changes: [], problems: await findRefusals(apply) };
  if (declaresNothing(loaded) && state.hasInventory(name))
    return { ...base, changes: [], problems: [emptyProblem(name, path)] };
  const applied = await applyObjects({ ...apply, mode: 'plan' });
  const pruned = await planPrune(options, name, declarations);
  return { ...base, changes: [...applied.changes, ...pruned.changes], problems: applied.problems };
}

async function planRemoval(
  options: PlanCommitOptions,
  { name, path }: Application,
  declarations: Declarations,
): Promise<ApplicationPlan> {
  const { changes, problems } = await planPrune(options, name, declarations);
  return { application: name, path, loadProblems: [], omittedProblems: 0, changes, problems };
}

function planPrune(
  { client, state, clock }: PlanCommitOptions,
  application: string,
  declarations: Declarations,
): Promise<PruneResult> {
  return pruneObjects({
    client,
    state,
    clock,
    application,
    declared: { has: (key) => declarations.isDeclaredBy(application, key) },
    findDeclarer: (key) => declarations.findDeclarer(key, application),
    mode: 'plan',
  });
}

/** "Never … for an empty render": a folder that declares nothing any more deletes nothing. */
function emptyProblem(name: string, path: string): ChangeProblem {
  const id = { apiVersion: '', kind: 'Application', name };
  return { id, code: 'EmptyApplication', message: `${path} declares nothing any more; what runs is kept` };
}
