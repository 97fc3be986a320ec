import ignore, { type Ignore } from 'ignore';

/** What `.sourceignore` files and the defaults say of a path. */
export type IgnoreVerdict = 'ignored' | 'included' | 'unmentioned';

/**
 * Names that are never manifests, as Flux leaves them out of a source (VCS, CI and its other defaults), plus the same
 * of other forges and tools. Compared by name, without patterns: a listing of ten thousand files costs nothing.
 */
const IGNORED_NAMES: ReadonlySet<string> = new Set([
  '.appveyor.yml',
  '.circleci',
  '.codecov.yml',
  '.drone.yml',
  '.flux.yaml',
  '.forgejo',
  '.git',
  '.gitea',
  '.github',
  '.golangci.yaml',
  '.golangci.yml',
  '.goreleaser.yaml',
  '.goreleaser.yml',
  '.pre-commit-config.yaml',
  '.sops.yaml',
  '.travis.yml',
  '.woodpecker',
  '.woodpecker.yaml',
  '.woodpecker.yml',
  '.yamllint.yaml',
  '.yamllint.yml',
  'appveyor.yml',
  'azure-pipelines.yml',
  'cloudbuild.yaml',
  'codecov.yml',
  'codeship-services.yml',
  'codeship-steps.yml',
  'node_modules',
]);

export function isIgnoredByDefault(name: string): boolean {
  return IGNORED_NAMES.has(name) || name.startsWith('.gitlab');
}

/** One `.sourceignore` file: gitignore syntax, relative to the folder it stands in. */
interface IgnoreFile {
  /** Path of the folder with a slash at the end; empty for the root. */
  readonly prefix: string;
  readonly rules: Ignore;
}

/**
 * The `.sourceignore` files from the root of a listing down to one folder. A deeper file goes before a higher one, and
 * any of them before the defaults, so that `!.github/` brings a folder back.
 */
export class SourceIgnore {
  static readonly none: SourceIgnore = new SourceIgnore([]);
  readonly #files: readonly IgnoreFile[];

  private constructor(files: readonly IgnoreFile[]) {
    this.#files = files;
  }

  /** With the file of a folder further down. */
  add(folder: string, text: string): SourceIgnore {
    const prefix = folder === '' || folder === '.' ? '' : `${folder}/`;
    return new SourceIgnore([{ prefix, rules: ignore({ allowRelativePaths: true }).add(text) }, ...this.#files]);
  }

  /** `path` is relative to the root of the listing. */
  verdictOf(path: string, isFolder: boolean): IgnoreVerdict {
    for (const { prefix, rules } of this.#files) {
      const relative = path.slice(prefix.length);
      const result = rules.test(isFolder ? `${relative}/` : relative);
      if (result.ignored) return 'ignored';
      if (result.unignored) return 'included';
    }
    return 'unmentioned';
  }
}
