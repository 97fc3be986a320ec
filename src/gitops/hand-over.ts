import type { KustomizeProgram } from '../host/kustomize-program.ts';
import { BerthError } from '../lib/errors.ts';
import { LIMITS } from '../lib/limits.ts';
import { readBuilt } from '../manifests/index.ts';
import type { ApplicationFolder, ReportedProblem } from './application.ts';
import type { Rendering } from './folder-renderer.ts';
import { type ReadBlob, readBlobs } from './read-blobs.ts';

/** Whether nothing stands in the way of a kustomization but what another program can do. */
export function isForProgram(problems: readonly ReportedProblem[]): boolean {
  const errors = problems.filter(({ severity }) => severity === 'error');
  return errors.length > 0 && errors.every(({ code }) => code === 'KustomizeNeeded');
}

/**
 * Has a kustomization built by the program that the box allows. It gets all files of the commit, since nobody knows
 * what it will read, and its result is kept as long as the commit is the same: what it fetches is not looked at again
 * until then. Links are not written.
 */
export class HandOver {
  readonly #program: KustomizeProgram;
  readonly #read: ReadBlob;
  /** By folder: the newest. */
  readonly #results = new Map<string, { readonly rootTree: string; readonly rendering: Rendering }>();

  constructor(program: KustomizeProgram, read: ReadBlob) {
    this.#program = program;
    this.#read = read;
  }

  /** `refused`: what the problem was, with the place of what needs the program. */
  async build({ reader, rootTree }: ApplicationFolder, folder: string, refused: Rendering): Promise<Rendering> {
    const known = this.#results.get(folder);
    if (known?.rootTree === rootTree) return known.rendering;
    const files = await this.#readFiles(await reader.listFiles(rootTree, '.'));
    const [cause] = refused.problems;
    const result = await this.#program.build(files, folder);
    const identity = `${refused.identity} ${rootTree}`;
    if (result.type === 'failed') {
      const message = `the kustomize program failed: ${result.message}`;
      const problem: ReportedProblem = {
        ...(cause ?? { path: folder }),
        code: 'RenderFailed',
        severity: 'error',
        message,
        help: 'run it by hand in a clone of the repository',
      };
      // The network may be there another time.
      return { ...refused, problems: [problem], identity: `${identity} incomplete` };
    }
    const rendering = { ...refused, ...readBuilt(result.text, cause?.path ?? folder), identity };
    this.#results.set(folder, { rootTree, rendering });
    return rendering;
  }

  async #readFiles(
    listed: readonly { readonly path: string; readonly type: string; readonly id: string }[],
  ): Promise<ReadonlyMap<string, Uint8Array>> {
    const files = new Map<string, Uint8Array>();
    const blobs = listed.filter(({ type }) => type === 'blob');
    const ids = blobs.map(({ id }) => id);
    const contents = await readBlobs(ids, this.#read, LIMITS.kustomizeTreeBytes);
    if (contents === undefined) {
      throw new BerthError('LimitExceeded', {
        object: 'repository',
        verb: 'render',
        detail: `it has more than ${LIMITS.kustomizeTreeBytes} bytes to hand to a kustomize program (kustomizeTreeBytes)`,
        help: 'bring the remote base into the repository, so that no other program is needed',
      });
    }
    for (const { path, id } of blobs) {
      const bytes = contents.get(id);
      if (bytes !== undefined) files.set(path, bytes);
    }
    return files;
  }
}
