import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Imports one file of the package `kubernetes-models`. */
export type ModelFile = () => Promise<Readonly<Record<string, unknown>>>;

/**
 * The package's files by `apps/v1/Deployment`, found in its own folder. `scripts/bundle-action.mjs` puts a table with the kinds that Berth knows in the
 * place of this module: a bundle has no such folder.
 */
export async function indexModelFiles(): Promise<ReadonlyMap<string, ModelFile>> {
  const root = dirname(createRequire(import.meta.url).resolve('kubernetes-models'));
  const index = new Map<string, ModelFile>();
  for (const entry of await readdir(root, { withFileTypes: true, recursive: true })) {
    const match = /^([A-Z]\w*)\.mjs$/.exec(entry.name);
    if (!entry.isFile() || match?.[1] === undefined) continue;
    const folder = relative(root, entry.parentPath ?? entry.path);
    if (folder === '' || folder.startsWith('_')) continue;
    const address = pathToFileURL(join(root, folder, entry.name)).href;
    index.set(`${folder.split(sep).join('/')}/${match[1]}`, () => import(address));
  }
  return index;
}
