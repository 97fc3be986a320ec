import { BerthError } from '../lib/errors.ts';
import type { CommitInfo, Source } from '../source/source.ts';
import type { Application, ApplicationLoader, LoadedApplication, ReportedProblem } from './application.ts';
import { loadFailed, pathMissing } from './reported-problem.ts';
import { type SelectedApplications, selectApplications } from './select-applications.ts';
import { TreeReader } from './tree-reader.ts';

export interface LoadCommitOptions {
  readonly source: Pick<Source, 'readTree'>;
  readonly loader: ApplicationLoader;
  readonly paths: readonly string[];
  readonly rootName: string;
  readonly commit: CommitInfo;
}

/** One application's folder in a commit. */
export interface LoadedFolder {
  readonly application: Application;
  /** As `OpenedApplication` has it; empty when the folder is not there or could not be read. */
  readonly identity: string;
  readonly loaded: LoadedApplication;
}

/** Everything that a commit declares, and everything that is wrong with it. */
export interface LoadedCommit {
  readonly commit: CommitInfo;
  readonly selected: SelectedApplications;
  readonly applications: readonly LoadedFolder[];
}

/** Finds and loads all applications of a commit. What cannot be loaded is a problem of its application. */
export async function loadCommit(options: LoadCommitOptions): Promise<LoadedCommit> {
  const { commit, paths, rootName } = options;
  const reader = new TreeReader(options.source);
  const selected = await selectApplications(reader, commit.tree, paths, rootName);
  const applications: LoadedFolder[] = [];
  for (const application of selected.applications) applications.push(await loadFolder(options, reader, application));
  return { commit, selected, applications };
}

async function loadFolder(
  { loader, commit }: LoadCommitOptions,
  reader: TreeReader,
  application: Application,
): Promise<LoadedFolder> {
  const { path } = application;
  try {
    const opened = await loader.open({ path, rootTree: commit.tree, reader });
    if (opened === undefined) return { application, identity: '', loaded: failed(pathMissing(path)) };
    return { application, identity: opened.identity, loaded: await opened.load() };
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    return { application, identity: '', loaded: failed(loadFailed(path, error)) };
  }
}

function failed(problem: ReportedProblem): LoadedApplication {
  return { objects: [], problems: [problem], omittedProblems: 0, files: 0, passedOver: 0 };
}
