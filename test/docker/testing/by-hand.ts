import { parseAllDocuments } from 'yaml';
import type { Pod } from '../../../src/objects/types.ts';
import type { BerthProcess } from './berth-process.ts';
import { waitUntil } from './wait-until.ts';

const PLURALS: Readonly<Record<string, string>> = {
  Namespace: 'api/v1/namespaces',
  PersistentVolume: 'api/v1/persistentvolumes',
  PersistentVolumeClaim: 'api/v1/persistentvolumeclaims',
  Pod: 'api/v1/pods',
  StatefulSet: 'apis/apps/v1/statefulsets',
};

interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** What a person does in one namespace with `kubectl`, while it is not in Git. */
export class ByHand {
  readonly #berth: () => BerthProcess;
  readonly namespace: string;

  /** `berth` is asked at each call, as a box may start another one. */
  constructor(berth: () => BerthProcess, namespace: string) {
    this.#berth = berth;
    this.namespace = namespace;
  }

  /** Creates each document of a YAML text. */
  async create(text: string): Promise<void> {
    for (const document of parseAllDocuments(text)) {
      const object: Named = document.toJS();
      const { status, body } = await this.#berth().call('POST', this.#path(object.kind), object);
      if (status !== 201) throw new Error(`create ${object.kind} ${object.metadata.name}: ${status} ${body}`);
    }
  }

  /** `undefined` when it is not there. */
  async find<T>(kind: string, name: string): Promise<T | undefined> {
    const { status, body } = await this.#berth().call('GET', `${this.#path(kind)}/${name}`);
    return status === 200 ? (JSON.parse(body) as T) : undefined;
  }

  async list<T>(kind: string): Promise<readonly T[]> {
    return (await this.#berth().get<{ items: T[] }>(this.#path(kind))).items;
  }

  async patch(kind: string, name: string, patch: unknown): Promise<void> {
    const path = `${this.#path(kind)}/${name}`;
    const { status, body } = await this.#berth().call('PATCH', path, patch, 'application/merge-patch+json');
    if (status !== 200) throw new Error(`patch ${kind} ${name}: ${status} ${body}`);
  }

  /** Deletes an object and waits until it is gone. */
  async remove(kind: string, name: string, graceSeconds?: number): Promise<void> {
    await this.delete(kind, name, graceSeconds);
    await this.gone(kind, name);
  }

  async delete(kind: string, name: string, graceSeconds?: number): Promise<void> {
    const query = graceSeconds === undefined ? '' : `?gracePeriodSeconds=${graceSeconds}`;
    await this.#berth().call('DELETE', `${this.#path(kind)}/${name}${query}`);
  }

  async gone(kind: string, name: string): Promise<void> {
    const describe = () => this.find(kind, name);
    await waitUntil(`${kind} ${name} is gone`, async () => (await describe()) === undefined, { describe });
  }

  /** Waits until an object is as `isSo` wants it, and returns it. */
  async is<T>(kind: string, name: string, what: string, isSo: (object: T) => boolean | undefined): Promise<T> {
    return waitUntil(
      `${kind} ${name} ${what}`,
      async () => {
        const object = await this.find<T>(kind, name);
        return object !== undefined && isSo(object) === true && object;
      },
      { describe: async () => [await this.find(kind, name), (await this.events()).slice(-10)] },
    );
  }

  /** Waits until a pod is in one of the phases. */
  async podIs(name: string, ...phases: readonly string[]): Promise<Pod> {
    return this.is<Pod>('Pod', name, `is ${phases.join(' or ')}`, ({ status }) => phases.includes(status?.phase ?? ''));
  }

  /** The lines of a container's log. */
  async log(pod: string, container?: string): Promise<readonly string[]> {
    const query = container === undefined ? '' : `?container=${container}`;
    return (await this.#berth().call('GET', `${this.#path('Pod')}/${pod}/log${query}`)).body.trim().split('\n');
  }

  /** `reason: message` of each event, oldest first. */
  async events(): Promise<readonly string[]> {
    return (await this.#berth().events(this.namespace)).map(({ reason, message }) => `${reason}: ${message}`);
  }

  #path(kind: string): string {
    const path = PLURALS[kind] ?? `api/v1/${kind}`;
    if (kind === 'PersistentVolume' || kind === 'Namespace') return `/${path}`;
    const cut = path.lastIndexOf('/');
    return `/${path.slice(0, cut)}/namespaces/${this.namespace}${path.slice(cut)}`;
  }
}
