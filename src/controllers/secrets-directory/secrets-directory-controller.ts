import type { Client } from '../../api/client.ts';
import type { SecretFiles, SecretListing } from '../../host/secret-files.ts';
import { Alarm } from '../../lib/alarm.ts';
import type { Clock } from '../../lib/clock.ts';
import { BerthError, messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import type { StoredObject } from '../../objects/types.ts';
import { computeSecrets, type SecretAction, SOURCE_LABEL, SOURCE_VALUE } from './compute-secrets.ts';

export interface SecretsDirectoryOptions {
  /** Acts under an account of its own. */
  readonly client: Client;
  readonly files: SecretFiles;
  readonly clock: Clock;
  readonly logger: Logger;
}

const FIELD_MANAGER = 'berth-secrets-directory';
/** An editor changes a file in several steps. */
const SETTLE_MS = 100;
const RETRY_MS = 30_000;

/**
 * Keeps a Secret for each folder of the machine's secrets directory. Reads the folder when something in it, a
 * namespace, or one of the Secrets changes. What cannot be read leaves its Secret as it is; a folder that is gone takes
 * its Secret along.
 */
export class SecretsDirectoryController {
  readonly #options: SecretsDirectoryOptions;
  readonly #alarm: Alarm;
  readonly #closers: (() => void | Promise<void>)[] = [];
  #pass: Promise<void> = Promise.resolve();
  #known: ReadonlySet<string> = new Set();
  /** What was told of last, so that nothing is told twice. */
  #told: ReadonlySet<string> = new Set();
  #isStopped = false;

  constructor(options: SecretsDirectoryOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock, () => {
      this.#enqueue();
    });
  }

  /** Whether a folder declares the Secret, even if its namespace does not exist yet. */
  declares(namespace: string, name: string): boolean {
    return this.#known.has(`${namespace}/${name}`);
  }

  /** Resolves once the folder was read for the first time, whatever came of it. */
  async start(): Promise<void> {
    const { client, files } = this.#options;
    this.#closers.push(
      client.watchAll(({ object, previous }) => {
        if (isOfInterest(object) || (previous !== undefined && isOfInterest(previous))) this.#alarm.set(0);
      }),
    );
    try {
      this.#closers.push(await files.watch(() => this.#alarm.set(SETTLE_MS)));
    } catch (error) {
      this.#options.logger.warn('the secrets directory cannot be watched', { error: messageOf(error) });
    }
    await this.#enqueue();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#alarm.close();
    for (const close of this.#closers.splice(0)) await close();
    await this.#pass;
  }

  #enqueue(): Promise<void> {
    this.#pass = this.#pass.then(() => (this.#isStopped ? undefined : this.#run()));
    return this.#pass;
  }

  async #run(): Promise<void> {
    let listing: SecretListing;
    try {
      listing = await this.#options.files.read();
    } catch (error) {
      if (!(error instanceof BerthError)) throw error;
      this.#tell(new Map([['', error.message]]));
      this.#alarm.set(RETRY_MS);
      return;
    }
    if (!this.#isStopped) this.#bringIn(listing);
  }

  #bringIn({ folders, problems: unusable }: SecretListing): void {
    const { client } = this.#options;
    this.#known = new Set(folders.map(({ namespace, name }) => `${namespace}/${name}`));
    const namespaces = client.list('Namespace').filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const { actions, problems } = computeSecrets({
      folders,
      unreadable: new Set(unusable.flatMap(({ path }) => lastSteps(path))),
      secrets: client.list('Secret'),
      namespaces: new Set(namespaces.map(({ metadata }) => metadata.name)),
    });
    const told = new Map([...unusable.map(({ path, message }) => [path, message] as const), ...problems]);
    for (const action of actions) {
      try {
        client.transaction(() => this.#carryOut(action));
      } catch (error) {
        if (!(error instanceof BerthError)) throw error;
        told.set(nameOf(action), error.message);
        this.#alarm.set(RETRY_MS);
      }
    }
    this.#tell(told);
  }

  #carryOut(action: SecretAction): void {
    const { client } = this.#options;
    const reference = (namespace: string, name: string) => ({ apiVersion: 'v1', kind: 'Secret', namespace, name });
    if (action.type === 'delete') {
      client.delete(reference(action.namespace, action.name));
      return;
    }
    const { namespace, name, type, data } = action.secret;
    if (action.type === 'recreate') client.delete(reference(namespace, name));
    const metadata = { namespace, name, labels: { [SOURCE_LABEL]: SOURCE_VALUE } };
    client.apply(
      { apiVersion: 'v1', kind: 'Secret', metadata, type, data },
      { fieldManager: FIELD_MANAGER, force: true },
    );
  }

  #tell(problems: ReadonlyMap<string, string>): void {
    const told = new Set<string>();
    for (const [what, message] of problems) {
      const line = `${what}: ${message}`;
      told.add(line);
      if (!this.#told.has(line))
        this.#options.logger.warn('a secret of this machine cannot be used', { what, message });
    }
    this.#told = told;
  }
}

function nameOf(action: SecretAction): string {
  const { namespace, name } = action.type === 'delete' ? action : action.secret;
  return `${namespace}/${name}`;
}

function isOfInterest({ kind, metadata }: StoredObject): boolean {
  return kind === 'Namespace' || (kind === 'Secret' && metadata.labels?.[SOURCE_LABEL] === SOURCE_VALUE);
}

/** What a path may stand for: a namespace's folder, or one of a Secret. */
function lastSteps(path: string): readonly string[] {
  const steps = path.split('/');
  return [steps.slice(-1).join('/'), steps.slice(-2).join('/')];
}
