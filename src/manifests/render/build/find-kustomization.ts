import type { FileReader, FoundFile } from '../files/file-reader.ts';
import { RenderError } from '../problems.ts';

/** The names that a kustomization may have. */
export const KUSTOMIZATION_NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const;

/** The kustomization of a folder; throws when there is none, or more than one. */
export function findKustomization(reader: FileReader, folder: string): FoundFile {
  const found = KUSTOMIZATION_NAMES.flatMap((name) => {
    const entry = reader.find(folder === '' ? name : `${folder}/${name}`);
    return entry?.type === 'file' ? [entry] : [];
  });
  const [file] = found;
  if (file !== undefined && found.length === 1) return file;
  const place = folder || 'the root of the repository';
  if (file === undefined) {
    throw new RenderError('RenderFileMissing', `there is no kustomization in ${place}`, {
      help: `add ${KUSTOMIZATION_NAMES[0]}, or name the files of the folder`,
    });
  }
  throw new RenderError('KustomizationInvalid', `there are several kustomizations in ${place}`, {
    help: `keep one of ${found.map(({ path }) => path.split('/').at(-1)).join(', ')}`,
  });
}

/** Whether a path that names nothing in the repository reads like a URL or a Git repository elsewhere. */
export function isRemote(path: string): boolean {
  return (
    /^[a-z][a-z0-9+.-]*:\/\//i.test(path) ||
    /^(?:git::|gh:|git@)/i.test(path) ||
    /^[\w.-]+@[\w.-]+:/.test(path) ||
    /^(?:www\.)?(?:github|gitlab|bitbucket)\.(?:com|org)[/:]/i.test(path) ||
    /[?&](?:ref|version|timeout|submodules)=/.test(path) ||
    /\.git(?:\/|$)/.test(path)
  );
}

export function remoteRefused(path: string): RenderError {
  return new RenderError('KustomizeNeeded', `${path} is not in this repository`, {
    help: 'copy what it names into the repository: what is deployed is what was reviewed; or allow a program that fetches it with `kustomize:` in the configuration of the box',
  });
}
