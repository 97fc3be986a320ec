import type { Client, WatchEvent } from '../../../src/api/client.ts';
import { tableOf } from '../../../src/api/http/table/table.ts';
import { kindOf } from '../../../src/objects/index.ts';
import type { KnownKind, StoredObject } from '../../../src/objects/types.ts';
import type { Namer } from './namer.ts';

/** What a timeline can tell about, besides pods. */
export const TIMELINE_TOPICS = ['pods', 'replicasets', 'jobs', 'warnings', 'nothing'] as const;
export type TimelineTopic = (typeof TIMELINE_TOPICS)[number];

interface Entry {
  readonly atMs: number;
  readonly name: string;
  readonly change: string;
}

/** Writes down what becomes of objects, in the words that `kubectl get` prints. */
export class Timeline {
  readonly #client: Client;
  readonly #namer: Namer;
  readonly #clock: { monotonicMs(): number; wallMs(): number };
  readonly #last = new Map<string, string>();
  #topics: ReadonlySet<TimelineTopic> = new Set(['pods']);
  #entries: Entry[] = [];
  #startMs = 0;

  constructor(client: Client, namer: Namer, clock: { monotonicMs(): number; wallMs(): number }) {
    this.#client = client;
    this.#namer = namer;
    this.#clock = clock;
    this.#listen('Pod', 'pods', (pod) => this.#podState(pod));
    this.#listen('ReplicaSet', 'replicasets', (set) => `replicas ${fieldOf(set, 'spec', 'replicas')}`);
    this.#listen('Job', 'jobs', (job) => this.#cells(job, 'Job', ['Status', 'Completions']));
    client.watch('Event', ({ object }) => {
      if (object.type !== 'Warning' || !this.#topics.has('warnings')) return;
      const message = this.#namer.inText(object.message ?? '');
      const name = this.#namer.inText(object.involvedObject.name ?? '');
      this.#add(`${object.involvedObject.kind ?? ''} ${name}`, `${object.reason}: ${message}`);
    });
  }

  /** Times are told from here on. */
  startAt(monotonicMs: number): void {
    this.#startMs = monotonicMs;
  }

  tellAbout(topics: readonly TimelineTopic[]): void {
    this.#topics = new Set(topics);
  }

  /** What happened since the last call, one line for equal changes at the same time. */
  take(): string {
    const lines = new Map<string, { time: string; names: string[]; change: string }>();
    for (const { atMs, name, change } of this.#entries) {
      const time = (Math.round(atMs / 100) / 10).toFixed(1);
      const key = `${time} ${change}`;
      const line = lines.get(key) ?? { time, names: [], change };
      line.names.push(name);
      lines.set(key, line);
    }
    this.#entries = [];
    return [...lines.values()]
      .map(({ time, names, change }) => `${time.padStart(7)}s  ${[...new Set(names)].sort().join(' ')}: ${change}`)
      .join('\n');
  }

  #listen<K extends KnownKind>(kind: K, topic: TimelineTopic, stateOf: (object: StoredObject) => string): void {
    this.#client.watch(kind, ({ type, object }: WatchEvent<unknown>) => {
      const stored = object as StoredObject;
      const state = type === 'DELETED' ? 'gone' : stateOf(stored);
      if (this.#last.get(stored.metadata.uid) === state) return;
      this.#last.set(stored.metadata.uid, state);
      if (this.#topics.has(topic)) this.#add(this.#namer.nameOf(stored), state);
    });
  }

  #add(name: string, change: string): void {
    this.#entries.push({ atMs: this.#clock.monotonicMs() - this.#startMs, name, change });
  }

  #podState(pod: StoredObject): string {
    const [ready, status, restarts] = this.#cells(pod, 'Pod', ['Ready', 'Status', 'Restarts']).split('  ');
    const count = restarts?.split(' ')[0];
    return `${ready} ${status}${count === '0' ? '' : ` (${count} restarts)`}`;
  }

  #cells(object: StoredObject, kind: KnownKind, columns: readonly string[]): string {
    const { columnDefinitions, rows } = tableOf(kindOf(kind), [object], this.#clock.wallMs());
    const names = columnDefinitions.map((column) => (column as { readonly name: string }).name);
    return columns.map((name) => String(rows[0]?.cells[names.indexOf(name)] ?? '')).join('  ');
  }
}

function fieldOf(object: StoredObject, stanza: string, field: string): unknown {
  return (object[stanza] as Readonly<Record<string, unknown>> | undefined)?.[field];
}
