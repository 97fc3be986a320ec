import { randomFraction, randomInteger, randomItem, type SeededRandom } from '../../lib/random.ts';
import { BAD_IMAGES, GOOD_IMAGES, IMAGE_TAGS } from '../sim-images.ts';
import { BROKEN_TEXTS, type DeploymentFile, isBadImage, type ServiceShape } from './manifests.ts';
import { POD_SHAPES } from './pod-shapes.ts';
import { SPECIAL_ACTIONS } from './special-actions.ts';
import { specialOf } from './specials/index.ts';
import type { UserRepository } from './user-repository.ts';
import { WORKLOAD_ACTIONS } from './workload-actions.ts';

/**
 * Something that the user changes in the repository; returns the commit's message, or `undefined` where there was
 * nothing to change.
 */
type GitAction = (repository: UserRepository, random: SeededRandom) => string | undefined;

const APPLICATIONS = ['blog', 'data', 'docs', 'shop', 'web'];
const MOST_DEPLOYMENTS = 4;
const SERVICE_SHAPES: readonly ServiceShape[] = ['plain', 'near', 'node port', 'sticky', 'local', 'datagrams'];
const STRATEGIES: readonly DeploymentFile['strategy'][] = [
  'Recreate',
  { maxSurge: '25%', maxUnavailable: '25%' },
  { maxSurge: 1, maxUnavailable: 0 },
  { maxSurge: 0, maxUnavailable: 1 },
  { maxSurge: '50%', maxUnavailable: '10%' },
  { maxSurge: '10%', maxUnavailable: '40%' },
  { maxSurge: 2, maxUnavailable: 1 },
];

interface Found {
  readonly application: string;
  readonly name: string;
  readonly file: DeploymentFile;
}

export const GIT_ACTIONS = {
  'create an application': (repository, random) => {
    const missing = APPLICATIONS.filter((name) => !repository.applications.has(name));
    if (missing.length === 0 || deploymentsIn(repository).length >= MOST_DEPLOYMENTS) return undefined;
    const application = randomItem(random, missing);
    addApplication(repository, random, application);
    return `create ${application}`;
  },
  'delete an application': (repository, random) => {
    if (repository.applications.size < 2) return undefined;
    const application = randomItem(random, [...repository.applications.keys()]);
    for (const name of repository.filesOf(application).keys()) repository.write(application, name, undefined);
    return `delete ${application}`;
  },
  // All but its namespace.
  'empty an application': (repository, random) => {
    const application = randomItem(random, [...repository.applications.keys()]);
    const names = [...repository.filesOf(application).keys()].filter((name) => name !== 'namespace.yaml');
    for (const name of names) repository.write(application, name, undefined);
    return `empty ${application}`;
  },
  'add a deployment': (repository, random) => {
    if (deploymentsIn(repository).length >= MOST_DEPLOYMENTS) return undefined;
    const application = randomItem(random, [...repository.applications.keys()]);
    const file = newDeployment(repository, random, randomItem(random, [application, 'default']));
    repository.write(application, `${file.name}.yaml`, file);
    return `add ${file.name}`;
  },
  'new image': changeImage,
  'two new images': (repository, random) => {
    changeImage(repository, random);
    return changeImage(repository, random);
  },
  'bad image': changeDeployment((file, random) => ({ ...file, image: badImage(random) })),
  'new template': changeDeployment((file, random) => ({
    ...file,
    note: randomInteger(random, 1, 1_000_000),
    shape: randomItem(random, POD_SHAPES),
  })),
  'scale in git': changeDeployment((file, random) => ({ ...file, replicas: randomInteger(random, 0, 4) })),
  'change the strategy': changeDeployment((file, random) => ({
    ...file,
    strategy: randomItem(random, STRATEGIES),
    image: goodImage(random),
  })),
  'delete a deployment': deleteDeployment,
  'rename a deployment': (repository, random) => {
    const found = pick(repository, random);
    if (found === undefined) return undefined;
    const name = `web-${repository.next()}`;
    repository.write(found.application, found.name, undefined);
    repository.write(found.application, `${name}.yaml`, { ...found.file, name });
    return `rename ${found.file.name} to ${name}`;
  },
  'move a deployment': (repository, random) => {
    const found = pick(repository, random, ({ file }) => file.namespace === 'default');
    const others = [...repository.applications.keys()].filter((name) => name !== found?.application);
    if (found === undefined || others.length === 0) return undefined;
    const to = randomItem(random, others);
    repository.write(found.application, found.name, undefined);
    repository.write(to, found.name, found.file);
    return `move ${found.file.name} to ${to}`;
  },
  'edit a config': (repository, random) => editValue(repository, random, 'settings.yaml', 'ConfigMap', 'settings'),
  'edit a secret': (repository, random) => editValue(repository, random, 'credentials.yaml', 'Secret', 'credentials'),
  'edit a service': (repository, random) => {
    const application = randomItem(random, [...repository.applications.keys()]);
    const name = deploymentsIn(repository).find((found) => found.application === application)?.file.name ?? 'nobody';
    const present = repository.filesOf(application).has('service.yaml') && randomFraction(random) < 0.3;
    const port = randomInteger(random, 1, 60_000);
    repository.write(
      application,
      'service.yaml',
      present
        ? undefined
        : { kind: 'Service', namespace: application, name, port, shape: randomItem(random, SERVICE_SHAPES) },
    );
    return `edit the service of ${application}`;
  },
  'bad manifest': breakManifest,
  'bad manifest and a deletion': (repository, random) => {
    const message = deleteDeployment(repository, random);
    breakManifest(repository, random);
    return `${message} by mistake`;
  },
  repair: (repository, random) => {
    for (const [application, files] of repository.applications) {
      for (const [name, file] of files) {
        if (file.kind === 'Broken') repository.write(application, name, undefined);
        if (file.kind === 'Special' && specialOf(file).fate === 'passes')
          repository.write(application, name, undefined);
        if (file.kind === 'Deployment' && isBadImage(file.image))
          repository.write(application, name, { ...file, image: goodImage(random) });
      }
    }
    return 'repair everything';
  },
  'touch nothing': () => 'an empty commit',
  ...WORKLOAD_ACTIONS,
  ...SPECIAL_ACTIONS,
} satisfies Record<string, GitAction>;

export type GitActionKind = keyof typeof GIT_ACTIONS;

function changeImage(repository: UserRepository, random: SeededRandom): string | undefined {
  return changeDeployment((file) => ({ ...file, image: goodImage(random) }))(repository, random);
}

function deleteDeployment(repository: UserRepository, random: SeededRandom): string | undefined {
  const found = pick(repository, random);
  if (found === undefined) return undefined;
  repository.write(found.application, found.name, undefined);
  return `delete ${found.file.name}`;
}

function breakManifest(repository: UserRepository, random: SeededRandom): string {
  const application = randomItem(random, [...repository.applications.keys()]);
  repository.write(application, 'broken.yaml', { kind: 'Broken', text: randomItem(random, BROKEN_TEXTS) });
  return `break ${application}`;
}

export function revert(repository: UserRepository, random: SeededRandom): string | undefined {
  const back = repository.pushed.at(-randomInteger(random, 2, 6));
  if (back === undefined || back.snapshot.size === 0) return undefined;
  repository.applications = back.snapshot;
  return `revert to ${back.commit.slice(0, 7)}`;
}

export function addApplication(repository: UserRepository, random: SeededRandom, application: string): void {
  repository.write(application, 'namespace.yaml', { kind: 'Namespace', name: application });
  const value = repository.next();
  repository.write(application, 'settings.yaml', {
    kind: 'ConfigMap',
    namespace: application,
    name: 'settings',
    value,
  });
  const secret = { kind: 'Secret', namespace: application, name: 'credentials', value } as const;
  repository.write(application, 'credentials.yaml', secret);
  const deployment = newDeployment(repository, random, application);
  repository.write(application, `${deployment.name}.yaml`, deployment);
}

function newDeployment(repository: UserRepository, random: SeededRandom, namespace: string): DeploymentFile {
  const name = `web-${repository.next()}`;
  const replicas = randomInteger(random, 1, 3);
  const strategy = randomItem(random, STRATEGIES);
  return {
    kind: 'Deployment',
    namespace,
    name,
    replicas,
    image: goodImage(random),
    strategy,
    note: 0,
    shape: randomItem(random, POD_SHAPES),
  };
}

function changeDeployment(change: (file: DeploymentFile, random: SeededRandom) => DeploymentFile): GitAction {
  return (repository, random) => {
    const found = pick(repository, random);
    if (found === undefined) return undefined;
    const file = change(found.file, random);
    repository.write(found.application, found.name, file);
    return `change ${file.name}: ${file.replicas} of ${file.image}, note ${file.note}`;
  };
}

function editValue(
  repository: UserRepository,
  random: SeededRandom,
  file: string,
  kind: 'ConfigMap' | 'Secret',
  name: string,
): string {
  const application = randomItem(random, [...repository.applications.keys()]);
  repository.write(application, file, { kind, namespace: application, name, value: repository.next() });
  return `edit ${name} of ${application}`;
}

function deploymentsIn(repository: UserRepository): readonly Found[] {
  return [...repository.applications].flatMap(([application, files]) =>
    [...files].flatMap(([name, file]) => (file.kind === 'Deployment' ? [{ application, name, file }] : [])),
  );
}

function pick(
  repository: UserRepository,
  random: SeededRandom,
  suits: (found: Found) => boolean = () => true,
): Found | undefined {
  const found = deploymentsIn(repository).filter(suits);
  return found.length === 0 ? undefined : randomItem(random, found);
}

function goodImage(random: SeededRandom): string {
  return `${randomItem(random, GOOD_IMAGES)}:${randomInteger(random, 1, IMAGE_TAGS)}`;
}

function badImage(random: SeededRandom): string {
  return `${randomItem(random, Object.keys(BAD_IMAGES))}:${randomInteger(random, 1, IMAGE_TAGS)}`;
}
