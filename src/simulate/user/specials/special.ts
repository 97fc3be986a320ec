/** One object of a manifest, before its namespace is written into it. */
export interface SpecialObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface SpecialInput {
  /** What all of its objects begin with; the name of what it goes for, where it goes for another workload. */
  readonly name: string;
  readonly namespace: string;
  /** Grows whenever the user changes it: what it does with that is its own affair. */
  readonly version: number;
  /** The world is to come to rest: nothing may go on by itself any more. */
  readonly isResting: boolean;
}

/**
 * Objects that belong together and of which the user of a simulated world keeps a few at a time, so that each field is
 * used somewhere.
 */
export interface Special {
  /**
   * `heals`: becomes healthy in the end, and its application with it. `passes`: never does, or takes from others what
   * they need; the user takes it back.
   */
  readonly fate: 'heals' | 'passes';
  /** Goes for a workload that is there: its name is that one's. */
  readonly goesFor?: 'Deployment' | 'StatefulSet';
  readonly make: (input: SpecialInput) => readonly SpecialObject[];
}

export type Fields = Readonly<Record<string, unknown>>;

/** A container that listens, with requests so small that specials do not crowd others out. */
export function container(extra: Fields = {}): Fields {
  return {
    name: 'main',
    image: 'app:1',
    ports: [{ containerPort: 8080 }],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 5 },
    resources: { requests: { cpu: '10m', memory: '8Mi' } },
    ...extra,
  };
}

/** The template of a workload's pods. */
export function template({ name, version }: SpecialInput, spec: Fields, labels: Fields = {}): Fields {
  return {
    metadata: { labels: { app: name, ...labels }, annotations: { note: String(version) } },
    spec: { terminationGracePeriodSeconds: 2, ...spec },
  };
}

export function object(
  apiVersion: string,
  kind: string,
  name: string,
  fields: Fields,
  labels?: Readonly<Record<string, string>>,
): SpecialObject {
  return { apiVersion, kind, metadata: { name, ...(labels === undefined ? {} : { labels }) }, ...fields };
}

export function annotated(object: SpecialObject, annotations: Readonly<Record<string, string>>): SpecialObject {
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** One of a list, in turn with the version. */
export function inTurn<T>(version: number, items: readonly [T, ...T[]]): T {
  return items[version % items.length] ?? items[0];
}

/** Specials have names with a number of their own. */
export function numberOf(name: string): number {
  return Number(/\d+$/.exec(name)?.[0] ?? 0);
}

/** A workload with a selector for its own pods. */
export function workload(input: SpecialInput, kind: string, spec: Fields, podSpec: Fields): SpecialObject {
  return object('apps/v1', kind, input.name, {
    spec: { selector: { matchLabels: { app: input.name } }, ...spec, template: template(input, podSpec) },
  });
}

/** Over the machines, as far as that goes. */
export function spread({ name }: SpecialInput) {
  return {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: { app: name } },
  };
}

/** Where the one machine is that never leaves. */
export const ON_THE_BOX = { nodeSelector: { 'kubernetes.io/hostname': 'sim' } };
