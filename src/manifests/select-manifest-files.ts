import type { Diagnostic } from './diagnostic.ts';
import { KUSTOMIZATION_NAMES } from './render/index.ts';
import { SETTINGS_FILE } from './settings/application-settings.ts';
import { isIgnoredByDefault, SourceIgnore } from './sourceignore.ts';

/** One entry of a listing; folders may be listed or follow from the paths of their files. */
export interface ListedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly type: 'blob' | 'tree' | 'symlink' | 'submodule';
  /** Id of the blob. */
  readonly id: string;
  /** Of a symlink: where it points, when that was read. */
  readonly target?: string;
}

export interface SelectRequest {
  /**
   * Every file below `path`, in any order; `.sourceignore` files of the folders above it may be among them, and count.
   */
  readonly files: readonly ListedFile[];
  /** The application's folder; empty or `.` for the root. */
  readonly path: string;
  /** Texts that were read: of `.sourceignore` files, and the targets of symlinks, by blob id. */
  readonly texts: ReadonlyMap<string, string>;
}

export type SelectResult =
  /** Texts to read (they are small) before selecting again. */
  | { readonly type: 'needs'; readonly blobs: readonly string[] }
  | {
      readonly type: 'selected';
      /** The manifests, sorted by path. */
      readonly files: readonly ListedFile[];
      /** Files that would be manifests by their name and were left out by a rule. */
      readonly ignored: number;
      /**
       * Folders with a kustomization, sorted; of those below each other only the uppermost. Their files are not among
       * `files`.
       */
      readonly kustomizations: readonly string[];
      /**
       * Whether the application's folder itself is a chart, and no kustomization: then it is rendered, and `files` do
       * not count.
       */
      readonly isChart: boolean;
      /** The application's own settings, where there are some; they are no manifest. */
      readonly settings: ListedFile | undefined;
      readonly problems: readonly Diagnostic[];
    };

const MANIFEST = /\.ya?ml$/i;
const CHART_FILE = /^(?:Chart\.(?:yaml|lock)|.*values.*\.ya?ml|requirements\.yaml)$/i;
const CHART_FOLDERS: ReadonlySet<string> = new Set(['charts', 'ci', 'crds', 'templates']);

/**
 * Which files of an application are manifests: every `*.yaml` and `*.yml`, but not what `.sourceignore` files or the
 * defaults leave out, not the parts of a Helm chart, and nothing below a folder with a kustomization, which is to be
 * rendered instead. So does Flux: "if a sub-directory contains an existing kustomization file, add the directory as a
 * resource and do not descend into it" (kustomize-controller, generator). Symbolic links are not followed, as Flux does
 * not follow them; one that leaves the repository is an error when it looks like a manifest.
 */
export function selectManifestFiles(request: SelectRequest): SelectResult {
  const missing = request.files.filter((file) => isTextNeeded(file) && textOf(request, file) === undefined);
  if (missing.length > 0) return { type: 'needs', blobs: [...new Set(missing.map((file) => file.id))] };
  const selection = new Selection(request);
  for (const file of [...request.files].sort((a, b) => (a.path < b.path ? -1 : 1))) selection.add(file);
  const { files, ignored, kustomizations, isChart, settings, problems } = selection;
  return { type: 'selected', files, ignored, kustomizations, isChart, settings, problems };
}

function isTextNeeded(file: ListedFile): boolean {
  if (file.type === 'symlink') return file.target === undefined;
  return file.type === 'blob' && nameOf(file.path) === '.sourceignore';
}

function textOf(request: SelectRequest, file: ListedFile): string | undefined {
  return file.target ?? request.texts.get(file.id);
}

/** What is known of one folder. */
interface Folder {
  readonly path: string;
  readonly isIgnored: boolean;
  /** Has a kustomization, or lies below a folder with one. */
  readonly isRendered: boolean;
  readonly isChart: boolean;
  /** A part of a chart above it. */
  readonly isChartPart: boolean;
  readonly rules: SourceIgnore;
}

class Selection {
  readonly files: ListedFile[] = [];
  readonly problems: Diagnostic[] = [];
  readonly kustomizations: string[] = [];
  settings: ListedFile | undefined;
  isChart = false;
  ignored = 0;
  readonly #request: SelectRequest;
  readonly #root: string;
  readonly #byPath: ReadonlyMap<string, ListedFile>;
  readonly #folders = new Map<string, Folder>();

  constructor(request: SelectRequest) {
    this.#request = request;
    this.#root = request.path === '.' ? '' : request.path.replace(/\/+$/, '');
    this.#byPath = new Map(request.files.map((file) => [file.path, file]));
  }

  add(file: ListedFile): void {
    if (file.type === 'tree') return;
    const folder = this.#folderOf(parentOf(file.path));
    const name = nameOf(file.path);
    if (file.type === 'submodule') return this.#addSubmodule(file, folder);
    if (file.type === 'symlink') return this.#addSymlink(file, folder, name);
    if (!MANIFEST.test(name)) return;
    if (name === SETTINGS_FILE && !folder.isIgnored && !this.#isIgnored(folder.rules, file.path, name, false))
      return this.#addSettings(file, folder);
    const isChartFile = folder.isChartPart || (folder.isChart && CHART_FILE.test(name));
    if (folder.isRendered) return;
    if (folder.isIgnored || isChartFile || this.#isIgnored(folder.rules, file.path, name, false)) this.ignored++;
    else this.files.push(file);
  }

  #folderOf(path: string): Folder {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    const folder = this.#readFolder(path);
    this.#folders.set(path, folder);
    return folder;
  }

  #readFolder(path: string): Folder {
    const isRoot = path === this.#root || path === '';
    const parent = isRoot ? undefined : this.#folderOf(parentOf(path));
    const inherited = parent?.rules ?? this.#rulesAbove(path);
    const name = nameOf(path);
    const isIgnored = parent !== undefined && (parent.isIgnored || this.#isIgnored(inherited, path, name, true));
    const isChartPart = parent !== undefined && (parent.isChartPart || (parent.isChart && CHART_FOLDERS.has(name)));
    const rules = this.#withRulesOf(path, inherited);
    const isKustomization =
      parent?.isRendered !== true && !isIgnored && !isChartPart && this.#hasKustomization(path, rules);
    if (isKustomization) this.kustomizations.push(path);
    const isRendered = parent?.isRendered === true || isKustomization;
    const chart = this.#byPath.get(join(path, 'Chart.yaml'));
    const isChart = chart !== undefined && !isIgnored;
    if (chart !== undefined && isChart && !isChartPart && !isRendered) this.#noteChart(chart, path, rules);
    return { path, isIgnored, isRendered, isChart, isChartPart, rules };
  }

  /** Rules of the folders above the application, where their `.sourceignore` files are in the listing. */
  #rulesAbove(path: string): SourceIgnore {
    let rules = SourceIgnore.none;
    if (path === '') return rules;
    const steps = path.split('/');
    for (let length = 0; length < steps.length; length++) {
      rules = this.#withRulesOf(steps.slice(0, length).join('/'), rules);
    }
    return rules;
  }

  #withRulesOf(folder: string, inherited: SourceIgnore): SourceIgnore {
    const file = this.#byPath.get(join(folder, '.sourceignore'));
    const text = file?.type === 'blob' ? textOf(this.#request, file) : undefined;
    return text === undefined ? inherited : inherited.add(folder, text);
  }

  #isIgnored(rules: SourceIgnore, path: string, name: string, isFolder: boolean): boolean {
    const verdict = rules.verdictOf(path, isFolder);
    return verdict === 'unmentioned' ? isIgnoredByDefault(name) : verdict === 'ignored';
  }

  #hasKustomization(path: string, rules: SourceIgnore): boolean {
    return KUSTOMIZATION_NAMES.some((name) => {
      const file = this.#byPath.get(join(path, name));
      return file !== undefined && !this.#isIgnored(rules, file.path, name, false);
    });
  }

  #noteChart(chart: ListedFile, folder: string, rules: SourceIgnore): void {
    if (this.#isIgnored(rules, chart.path, 'Chart.yaml', false)) return;
    if (folder === this.#root) {
      this.isChart = true;
      return;
    }
    this.problems.push({
      code: 'ChartIgnored',
      severity: 'warning',
      path: chart.path,
      message: 'this folder is a Helm chart below an application: its templates and values are passed over',
      help: `add ${folder} as an application path to have it rendered, or list it in .sourceignore`,
    });
  }

  #addSettings(file: ListedFile, folder: Folder): void {
    if (folder.path === this.#root) {
      this.settings = file;
      return;
    }
    this.problems.push({
      code: 'ApplicationSettingsIgnored',
      severity: 'warning',
      path: file.path,
      message: `these settings count for an application at ${folder.path}, and not for one above it`,
      help: `add ${folder.path} as an application path, or move them to ${this.#root || 'the root of the repository'}`,
    });
  }

  #addSubmodule(file: ListedFile, folder: Folder): void {
    if (folder.isRendered || folder.isIgnored || this.#isIgnored(folder.rules, file.path, nameOf(file.path), true))
      return;
    this.problems.push({
      code: 'SubmoduleIgnored',
      severity: 'warning',
      path: file.path,
      message: 'a Git submodule is not fetched: manifests in it are passed over',
      help: 'commit the manifests themselves, or list the folder in .sourceignore',
    });
  }

  #addSymlink(file: ListedFile, folder: Folder, name: string): void {
    if (folder.isRendered || folder.isIgnored || this.#isIgnored(folder.rules, file.path, name, false)) return;
    const target = textOf(this.#request, file) ?? '';
    const resolved = resolveTarget(parentOf(file.path), target);
    const isManifest = MANIFEST.test(name) || MANIFEST.test(target);
    if (resolved === undefined) {
      this.problems.push({
        code: 'SymlinkRefused',
        severity: isManifest ? 'error' : 'warning',
        path: file.path,
        message: `the symbolic link points out of the repository, to ${JSON.stringify(target)}`,
        help: 'commit the file itself, or list the link in .sourceignore',
      });
    } else if (isManifest || this.#isFolder(resolved)) {
      this.problems.push({
        code: 'SymlinkIgnored',
        severity: 'warning',
        path: file.path,
        message: `the symbolic link to ${JSON.stringify(target)} is not followed`,
        help: 'commit the file itself, or add the folder it points to as an application path',
      });
    }
  }

  #isFolder(path: string): boolean {
    const prefix = `${path}/`;
    return this.#request.files.some((file) => file.path.startsWith(prefix));
  }
}

/** Where a link leads, relative to the root of the repository; `undefined` when that is outside. */
function resolveTarget(folder: string, target: string): string | undefined {
  if (target === '' || target.startsWith('/') || target.includes('\0') || /^[A-Za-z]:/.test(target)) return undefined;
  const steps = folder === '' ? [] : folder.split('/');
  for (const step of target.split('/')) {
    if (step === '' || step === '.') continue;
    if (step !== '..') steps.push(step);
    else if (steps.pop() === undefined) return undefined;
  }
  return steps.join('/');
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
