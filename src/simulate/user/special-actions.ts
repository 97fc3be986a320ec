import { randomInteger, randomItem, type SeededRandom } from '../../lib/random.ts';
import type { ManifestFile } from './manifests.ts';
import { SPECIAL_NAMES, type SpecialFile, type SpecialName, specialOf } from './specials/index.ts';
import type { UserRepository } from './user-repository.ts';

const MOST_SPECIALS = 3;
/** Autoscalers more often than others, as what they do takes its time. */
const DRAWN: readonly SpecialName[] = [
  ...SPECIAL_NAMES,
  'autoscaler of a deployment',
  'autoscaler of a deployment',
  'autoscaler of a stateful set',
  // Has more forms than any other.
  'pod that is wrong in one way',
];
/** Large enough to begin with any of a special's forms. */
const FIRST_VERSIONS = 15;

type SpecialAction = (repository: UserRepository, random: SeededRandom) => string | undefined;

/** What the user does with objects of which each has fields that few people set. */
export const SPECIAL_ACTIONS = {
  'add a special': (repository, random) => {
    const special = randomItem(random, DRAWN);
    return specialsIn(repository).length < MOST_SPECIALS ? addSpecial(repository, random, special) : undefined;
  },
  'change a special': (repository, random) => {
    const found = specialsIn(repository);
    if (found.length === 0) return undefined;
    return changeSpecial(repository, randomItem(random, found));
  },
  'take a special away': (repository, random) => {
    const found = specialsIn(repository);
    if (found.length === 0) return undefined;
    const { application, path, file } = randomItem(random, found);
    repository.write(application, path, undefined);
    return `take the ${file.special} ${file.name} away`;
  },
  'kustomize an application': (repository, random) => {
    const application = randomItem(random, [...repository.applications.keys()]);
    const isKustomized = repository.filesOf(application).has(KUSTOMIZATION) && randomInteger(random, 0, 2) === 0;
    repository.write(
      application,
      KUSTOMIZATION,
      isKustomized
        ? undefined
        : { kind: 'Kustomization', namespace: application, name: 'generated', value: repository.next() },
    );
    return `${isKustomized ? 'do not ' : ''}kustomize ${application}`;
  },
} satisfies Record<string, SpecialAction>;

export const KUSTOMIZATION = 'kustomization.yaml';

/**
 * Lets nothing of them go on by itself, and takes back those that never become healthy, or have lost what they went
 * for.
 */
export function restSpecials(repository: UserRepository): boolean {
  const found = specialsIn(repository).filter(({ file }) => !file.isResting);
  const files = filesOf(repository).map(({ file }) => file);
  for (const { application, path, file } of found) {
    const { fate, goesFor } = specialOf(file);
    const isLost =
      goesFor !== undefined &&
      !files.some((one) => one.kind === goesFor && one.name === file.name && one.namespace === file.namespace);
    const isKept = fate === 'heals' && !isLost;
    repository.write(application, path, isKept ? { ...file, isResting: true } : undefined);
  }
  return found.length > 0;
}

/** What a kept history or an episode asks for by name, so that it stays the same when specials are added. */
export type NamedSpecialKind = `${'add' | 'change'} the ${SpecialName}`;

export function actOnNamedSpecial(
  kind: NamedSpecialKind,
  repository: UserRepository,
  random: SeededRandom,
  version?: number,
): string | undefined {
  const added = SPECIAL_NAMES.find((name) => kind === `add the ${name}`);
  if (added !== undefined) return addSpecial(repository, random, added, version);
  const found = specialsIn(repository).findLast(({ file }) => kind === `change the ${file.special}`);
  return found === undefined ? undefined : changeSpecial(repository, found);
}

function addSpecial(
  repository: UserRepository,
  random: SeededRandom,
  special: SpecialName,
  asked?: number,
): string | undefined {
  const drawn = randomInteger(random, 0, FIRST_VERSIONS);
  const version = asked ?? drawn;
  const { goesFor } = specialOf({ special });
  const found = goesFor === undefined ? [] : filesOf(repository).filter(({ file }) => file.kind === goesFor);
  const target = goesFor === undefined ? undefined : found.length === 0 ? undefined : randomItem(random, found);
  if (goesFor !== undefined && target === undefined) return undefined;
  const application = target?.application ?? randomItem(random, [...repository.applications.keys()]);
  const { name, namespace } =
    target !== undefined && 'namespace' in target.file
      ? target.file
      : { name: `special-${repository.next()}`, namespace: application };
  const file: SpecialFile = { kind: 'Special', special, namespace, name, version, isResting: false };
  repository.write(application, `${special.replaceAll(/[^a-z]/g, '-')}-${name}.yaml`, file);
  return `add the ${special} ${name}`;
}

function changeSpecial(
  repository: UserRepository,
  { application, path, file }: ReturnType<typeof specialsIn>[number],
): string {
  repository.write(application, path, { ...file, version: file.version + 1 });
  return `change the ${file.special} ${file.name}`;
}

function specialsIn(repository: UserRepository) {
  return filesOf(repository).flatMap(({ application, path, file }) =>
    file.kind === 'Special' ? [{ application, path, file }] : [],
  );
}

function filesOf(repository: UserRepository): readonly {
  readonly application: string;
  readonly path: string;
  readonly file: ManifestFile;
}[] {
  return [...repository.applications].flatMap(([application, files]) =>
    [...files].map(([path, file]) => ({ application, path, file })),
  );
}
