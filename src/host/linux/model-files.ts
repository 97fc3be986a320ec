import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { KINDS } from '../../objects/index.ts';

/** Imports one file of the package `kubernetes-models`. */
export type ModelFile = () => Promise<Readonly<Record<string, unknown>>>;

/**
 * The package's files of the kinds that Berth knows, by `apps/v1/Deployment`: the package has thousands of files, and
 * listing them costs more than a small plan. `scripts/bundle-action.mjs` puts a table in the place of this module: a
 * bundle has no such folder.
 */
export async function indexModelFiles(): Promise<ReadonlyMap<string, ModelFile>> {
  const root = dirname(createRequire(import.meta.url).resolve('kubernetes-models'));
  const index = new Map<string, ModelFile>();
  for (const { apiVersion, kind } of KINDS) {
    const key = `${apiVersion}/${kind}`;
    const path = join(root, `${key}.mjs`);
    if (existsSync(path)) index.set(key, () => import(pathToFileURL(path).href));
  }
  return index;
}
