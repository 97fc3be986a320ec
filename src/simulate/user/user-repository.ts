import type { Machine } from '../machine.ts';
import { WORLD_SETTINGS } from '../world-settings.ts';
import { type ApplicationFiles, isBadImage, type ManifestFile, renderManifest } from './manifests.ts';

export type Snapshot = ReadonlyMap<string, ApplicationFiles>;

/** What an application's newest commit deserves in the end. */
export type Desert =
  | { readonly phase: 'Healthy' }
  | { readonly phase: 'Invalid' }
  /** Nothing of it runs by Git, and somebody may have scaled it by hand, which Git cedes. */
  | { readonly phase: 'Uncertain' }
  | { readonly phase: 'Failing'; readonly images: readonly string[] };

/** Folders of others, which are no applications as long as nobody configures them. */
const FURTHER_FOLDERS: readonly (readonly [path: string, text: string])[] = ['tools', 'shop'].map((name) => [
  `more/${name}/config.yaml`,
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own-${name}, namespace: default}\ndata: {}\n`,
]);

/** The repository as its user has it in mind: applications with their manifests, and every state that was pushed. */
export class UserRepository {
  readonly #machine: Machine;
  readonly #pushed: { readonly commit: string; readonly snapshot: Snapshot }[] = [];
  readonly #snapshots = new Map<string, Snapshot>();
  applications: Snapshot = new Map();
  #count = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** A number that was not used before. */
  next(): number {
    return ++this.#count;
  }

  get pushed(): readonly { readonly commit: string; readonly snapshot: Snapshot }[] {
    return this.#pushed;
  }

  /** What a commit declares. */
  snapshotOf(commit: string): Snapshot | undefined {
    return this.#snapshots.get(commit);
  }

  filesOf(application: string): ApplicationFiles {
    return this.applications.get(application) ?? new Map();
  }

  /** Puts a file, or takes it away, without a commit. */
  write(application: string, name: string, file: ManifestFile | undefined): void {
    const files = new Map(this.filesOf(application));
    if (file === undefined) files.delete(name);
    else files.set(name, file);
    const applications = new Map(this.applications);
    if (files.size === 0) applications.delete(application);
    else applications.set(application, files);
    this.applications = applications;
  }

  push(message: string): void {
    const { repository, clock, trace } = this.#machine;
    const files = new Map(FURTHER_FOLDERS);
    for (const [application, manifests] of this.applications) {
      const names = [...manifests.keys()];
      for (const [name, file] of manifests) {
        const neighbours = names.filter((other) => other !== name);
        files.set(`apps/${application}/${name}`, renderManifest(file, neighbours));
      }
    }
    const commit = repository.commit(WORLD_SETTINGS.branch, files, {
      message: `${message} (${this.next()})`,
      atMs: clock.wallMs(),
    });
    trace.add(`${clock.monotonicMs()} USER pushes ${commit.id.slice(0, 7)}: ${message}`);
    this.#remember(commit.id);
  }

  /** Moves the branch back to an older commit, as a force push does. */
  forcePush(commit: string, snapshot: Snapshot): void {
    this.applications = snapshot;
    this.#machine.repository.moveBranch(WORLD_SETTINGS.branch, commit);
    this.#remember(commit);
  }

  /** What each application's newest commit deserves. */
  deserts(): ReadonlyMap<string, Desert> {
    return new Map([...this.applications].map(([name, files]) => [name, desertOf([...files.values()])]));
  }

  #remember(commit: string): void {
    this.#pushed.push({ commit, snapshot: this.applications });
    this.#snapshots.set(commit, this.applications);
  }
}

function desertOf(files: readonly ManifestFile[]): Desert {
  if (files.some(({ kind }) => kind === 'Broken')) return { phase: 'Invalid' };
  const images = files.flatMap((file) =>
    file.kind === 'Deployment' && isBadImage(file.image) && file.replicas > 0 ? [file.image.replace(/:.*/, '')] : [],
  );
  if (images.length > 0) return { phase: 'Failing', images };
  const isDormant = files.some((file) => file.kind === 'Deployment' && isBadImage(file.image));
  return { phase: isDormant ? 'Uncertain' : 'Healthy' };
}
