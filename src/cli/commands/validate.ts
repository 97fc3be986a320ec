import { resolve } from 'node:path';
import {
  type LoadedApplication,
  ManifestApplicationLoader,
  type ManifestApplicationLoaderOptions,
} from '../../gitops/index.ts';
import { withheldDataKeys } from '../../host/data-keys.ts';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import { ModelValidatorLoader } from '../../host/linux/model-validators.ts';
import { counted } from '../../lib/counted.ts';
import { formatDiagnostics, formatOmitted, hasErrors } from '../../manifests/index.ts';
import { storageKeyOf } from '../../objects/index.ts';
import { missingFolder, openFolder } from '../live/open-folder.ts';
import { absolute, openRenderers } from '../live/open-renderers.ts';
import { EXIT } from '../output/exit-codes.ts';
import { formatOutput } from '../output/format-output.ts';
import { createTerminal } from '../output/terminal.ts';

export interface ValidateOptions {
  readonly at?: string;
  readonly output?: 'yaml' | 'json';
  readonly helm?: string;
  readonly kustomize?: string;
  readonly ageKeyFile?: string;
}

/**
 * Checks folders as `berth up` would before it applies them: rendered, every field of every object, references and
 * duplicates. Needs no Berth that runs. What one of several folders declares, the others may refer to. Resolves with 1
 * when there is an error; warnings are shown and no failure.
 */
export async function runValidate(paths: readonly string[], options: ValidateOptions): Promise<number> {
  const results = await loadTogether(paths, options);
  const terminal = createTerminal(process.stdout);
  if (options.output === undefined) {
    for (const { path, loaded } of results) terminal.write(formatResult(path, loaded));
  } else {
    const folders = results.map(({ path, loaded }) => ({
      path,
      objects: loaded.objects.length,
      problems: loaded.problems,
      omittedProblems: loaded.omittedProblems,
      ...(loaded.omittedProblems === 0 ? {} : { omittedByFile: Object.fromEntries(loaded.omittedByPath ?? []) }),
    }));
    const isValid = results.every(({ loaded }) => !hasErrors(loaded.problems));
    terminal.write(await formatOutput({ isValid, folders }, options.output));
  }
  return results.some(({ loaded }) => hasErrors(loaded.problems)) ? EXIT.error : EXIT.ok;
}

type Find = ManifestApplicationLoaderOptions['find'];

interface LoadedFolder {
  readonly path: string;
  readonly loaded: LoadedApplication;
  /** Storage keys of the objects that variables are taken from. */
  readonly sources: readonly string[];
}

/**
 * Folders that are checked in one call stand beside each other on the box as well: what one of them declares is there
 * for all.
 */
async function loadTogether(paths: readonly string[], options: ValidateOptions): Promise<readonly LoadedFolder[]> {
  const folders: LoadedFolder[] = [];
  for (const path of paths) folders.push(await load(path, options, () => undefined));
  const declared = new Map(
    folders.flatMap(({ loaded }) => loaded.objects.map((object) => [object.key, object] as const)),
  );
  const find: Find = (id) => declared.get(storageKeyOf({ apiVersion: 'v1', ...id }))?.decode();
  for (const [index, { path, sources }] of folders.entries()) {
    if (sources.some((key) => declared.has(key))) folders[index] = await load(path, options, find);
  }
  return folders.map((folder) => ({ ...folder, loaded: withoutDeclared(folder.loaded, folders) }));
}

/** What a folder with an error declares is unknown: nothing can be said to be missing, as within one folder. */
function withoutDeclared(loaded: LoadedApplication, folders: readonly LoadedFolder[]): LoadedApplication {
  const others = folders.map((folder) => folder.loaded).filter((other) => other !== loaded);
  const keys = new Set(others.flatMap(({ objects }) => objects.map(({ key }) => key)));
  const isUnknown = others.some(({ problems }) => hasErrors(problems));
  const problems = loaded.problems.filter(({ missing }) => missing === undefined || !(isUnknown || keys.has(missing)));
  return { ...loaded, problems };
}

async function load(path: string, options: ValidateOptions, find: Find): Promise<LoadedFolder> {
  const opened = await openFolder(path, options.at);
  try {
    const loader = new ManifestApplicationLoader({
      source: opened.source,
      validators: new ModelValidatorLoader(),
      ...openRenderers(absolute(options)),
      dataKeys: options.ageKeyFile === undefined ? withheldDataKeys : await openKeys(options.ageKeyFile),
      clock: linuxClock,
      exists: () => false,
      find,
    });
    const application = await loader.open(opened.folder);
    if (application !== undefined) {
      const loaded = await application.load();
      const problems = loaded.problems.map((one) => ({ ...one, path: opened.show(one.path) }));
      const omitted = [...(loaded.omittedByPath ?? [])].map(([file, count]) => [opened.show(file), count] as const);
      const shown = { ...loaded, problems, omittedByPath: new Map(omitted) };
      return { path, loaded: shown, sources: application.sources ?? [] };
    }
    throw missingFolder(path, options.at);
  } finally {
    await opened.close();
  }
}

/** Cryptography is loaded only where it is needed. */
async function openKeys(file: string) {
  const { AgeDataKeys } = await import('../../host/linux/age-data-keys.ts');
  return new AgeDataKeys(resolve(file));
}

function formatResult(path: string, { objects, problems, omittedByPath = new Map() }: LoadedApplication): string {
  if (problems.length === 0 && omittedByPath.size === 0)
    return `${path}: ${counted(objects.length, 'object')}, nothing is wrong\n`;
  return `${formatDiagnostics(problems)}${formatOmitted(omittedByPath)}`;
}
