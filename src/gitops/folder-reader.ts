import {
  type ApplicationSettings,
  KUSTOMIZATION_NAMES,
  type ListedFile,
  NO_SETTINGS,
  type ReadSettings,
  readApplicationSettings,
  SETTINGS_FILE,
  type SelectResult,
  selectManifestFiles,
  settingsProblem,
} from '../manifests/index.ts';
import type { TreeEntry } from '../source/source.ts';
import type { ApplicationFolder, ReportedProblem } from './application.ts';
import type { RenderPart } from './folder-renderer.ts';
import type { ReadBlob } from './read-blobs.ts';
import type { TreeFile } from './tree-reader.ts';

/** How an application's folder is to be read. */
export interface Reading extends ReadSettings {
  /** Equal when what was looked at to find this out is equal; empty for nothing. */
  readonly identity: string;
  /** What is rendered. */
  readonly parts: readonly RenderPart[];
  /** The manifests that are read as they stand, and what is wrong with the folder itself. */
  readonly select: () => Promise<SelectedFiles>;
}

interface SelectedFiles {
  readonly files: readonly ListedFile[];
  readonly problems: readonly ReportedProblem[];
}

type Selected = Extract<SelectResult, { readonly type: 'selected' }>;

const SOURCE_IGNORE = '.sourceignore';
/** What a folder itself may have that decides how it is read. */
const OWN_NAMES: ReadonlySet<string> = new Set([...KUSTOMIZATION_NAMES, 'Chart.yaml', SETTINGS_FILE, SOURCE_IGNORE]);

/**
 * Files whose contents say something about others, or that are no plain ones: any change of these is looked at anew.
 */
function isDecisive({ path, type }: ListedFile): boolean {
  return type !== 'blob' || OWN_NAMES.has(path.slice(path.lastIndexOf('/') + 1));
}

/**
 * Of two listings with the same files, which of the one take the place of which of the other; `undefined` for other
 * listings.
 */
function replacedFiles(
  before: readonly ListedFile[],
  now: readonly ListedFile[],
): ReadonlyMap<ListedFile, ListedFile> | undefined {
  if (before.length !== now.length) return undefined;
  const replaced = new Map<ListedFile, ListedFile>();
  for (let index = 0; index < now.length; index++) {
    const [old, file] = [before[index], now[index]];
    if (old === file || old === undefined || file === undefined) continue;
    if (old.path !== file.path || old.type !== file.type) return undefined;
    if (old.id !== file.id && isDecisive(file)) return undefined;
    replaced.set(old, file);
  }
  return replaced;
}

/**
 * Finds out of an application's folder what it is: a kustomization, a chart, or plain files with kustomizations below.
 */
export class FolderReader {
  readonly #read: ReadBlob;
  /** Of plain folders: what is rendered, as long as their trees are the same. */
  readonly #plain = new Map<string, { readonly trees: string; readonly parts: readonly RenderPart[] }>();

  /** The last selection of each folder, and what it was made from. */
  readonly #selected = new Map<string, { readonly files: readonly ListedFile[]; readonly selected: Selected }>();

  readonly #isAllRendered: boolean;

  /** `isAllRendered`: plain files are rendered, too, in place of being read as they stand. */
  constructor(read: ReadBlob, options: { readonly isAllRendered?: boolean } = {}) {
    this.#read = read;
    this.#isAllRendered = options.isAllRendered ?? false;
  }

  /**
   * `undefined` when there is no such folder. A folder that is as it was costs the lookup of its tree and the reading
   * of its settings.
   */
  async read(folder: ApplicationFolder): Promise<Reading | undefined> {
    const { path, rootTree, reader } = folder;
    const tree = await reader.findFolder(rootTree, path);
    if (tree === undefined) return undefined;
    const ignores = await reader.listIgnoresAbove(rootTree, path);
    const own = await this.#selectOwn(path, ignores, await reader.read(tree));
    const isChart = own?.isChart === true;
    const settings = await this.#readSettings(own?.settings, isChart);
    if (own !== undefined && (isChart || own.kustomizations.length > 0)) {
      const settingsId = own.settings?.id ?? '';
      const chart = { settings: settings.settings.helm, settingsId, releaseName: lastStep(path) };
      const isEncrypted = isDecrypted(settings.settings);
      const part = { folder: cleanPath(path), isDecrypted: isEncrypted, ...(isChart ? { chart } : {}) };
      return {
        ...settings,
        identity: settingsId,
        parts: [part],
        select: async () => ({ files: [], problems: own.problems }),
      };
    }
    let selected: Promise<Selected> | undefined;
    const select = () => {
      selected ??= reader.listFiles(tree, path).then((files) => this.#selectAll(path, [...ignores, ...files]));
      return selected;
    };
    const trees = [tree, ...ignores.map(({ id }) => id)].join('+');
    return this.#readPlain(path, trees, settings, select);
  }

  /** Drops what is remembered of all other folders. */
  retain(paths: ReadonlySet<string>): void {
    for (const known of [this.#plain, this.#selected]) {
      for (const path of [...known.keys()]) if (!paths.has(path)) known.delete(path);
    }
  }

  async #readPlain(
    path: string,
    trees: string,
    settings: ReadSettings,
    select: () => Promise<Selected>,
  ): Promise<Reading> {
    const isRendered = this.#isAllRendered || needsRendering(settings.settings);
    const known = this.#plain.get(path);
    const parts = known?.trees === trees ? known.parts : partsOf(path, await select(), isRendered && settings.settings);
    this.#plain.set(path, { trees, parts });
    const selectFiles = async () => {
      const { files, problems } = await select();
      return { files: isRendered ? [] : files, problems };
    };
    return { ...settings, identity: trees, parts, select: selectFiles };
  }

  /** What the folder's own entries say; `undefined` when there is none of interest. */
  async #selectOwn(
    path: string,
    ignores: readonly TreeFile[],
    entries: readonly TreeEntry[],
  ): Promise<Selected | undefined> {
    const prefix = path === '.' ? '' : `${path}/`;
    const named = entries.filter(({ name, type }) => type !== 'tree' && OWN_NAMES.has(name));
    if (!named.some(({ name }) => name !== SOURCE_IGNORE)) return undefined;
    return this.#select(path, [
      ...ignores,
      ...named.map(({ name, type, id }) => ({ path: `${prefix}${name}`, type, id })),
    ]);
  }

  /** Where no more than the contents of manifests changed, the same ones are selected. */
  async #selectAll(folder: string, files: readonly ListedFile[]): Promise<Selected> {
    const known = this.#selected.get(folder);
    const replaced = known && replacedFiles(known.files, files);
    const selected =
      known === undefined || replaced === undefined
        ? await this.#select(folder, files)
        : { ...known.selected, files: known.selected.files.map((file) => replaced.get(file) ?? file) };
    this.#selected.set(folder, { files, selected });
    return selected;
  }

  async #select(folder: string, files: readonly ListedFile[]): Promise<Selected> {
    const texts = new Map<string, string>();
    for (;;) {
      const result = selectManifestFiles({ files, path: folder, texts });
      if (result.type === 'selected') return result;
      for (const blob of result.blobs) {
        const bytes = await this.#read(blob);
        texts.set(blob, bytes === undefined ? '' : new TextDecoder().decode(bytes));
      }
    }
  }

  async #readSettings(file: ListedFile | undefined, isChart: boolean): Promise<ReadSettings> {
    if (file === undefined) return { settings: NO_SETTINGS, problems: [] };
    const { settings, problems } = readApplicationSettings(file.path, await this.#read(file.id));
    return { settings, problems: [...problems, ...(isChart ? [] : chartSettingsWithoutChart(settings))] };
  }
}

/** Whether plain files are not applied as they stand: variables are put in, or values decrypted. */
function needsRendering({ substitute, substituteFrom, decryption }: ApplicationSettings): boolean {
  return substitute.size > 0 || substituteFrom.length > 0 || decryption !== undefined;
}

function isDecrypted({ decryption }: ApplicationSettings): boolean {
  return decryption !== undefined;
}

function partsOf(
  path: string,
  { files, kustomizations }: Selected,
  rendered: ApplicationSettings | false,
): readonly RenderPart[] {
  if (rendered === false) return kustomizations.map((folder) => ({ folder }));
  const folder = cleanPath(path);
  const prefixLength = folder === '' ? 0 : folder.length + 1;
  const resources = [...files.map((file) => file.path), ...kustomizations].map((name) => name.slice(prefixLength));
  return [{ folder, resources: resources.sort(), isDecrypted: isDecrypted(rendered) }];
}

/**
 * The name of a release where the settings give none: that of the application, as a folder's application is called by
 * it.
 */
function lastStep(path: string): string {
  return path === '.' ? 'release' : (path.split('/').at(-1) ?? path);
}

function chartSettingsWithoutChart({ helm }: ApplicationSettings): readonly ReportedProblem[] {
  if (helm.at === undefined) return [];
  return [
    settingsProblem(
      helm.at,
      'spec.helm',
      'spec.helm is for a folder with a Chart.yaml, and this has none',
      'remove it',
    ),
  ];
}

function cleanPath(path: string): string {
  return path === '.' ? '' : path;
}
