import { afterEach, beforeEach } from 'vitest';
import { createTestRegistry } from '../../api/testing.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { Labels } from '../../objects/index.ts';
import type { Node, Pod } from '../../objects/types.ts';
import { Scheduler } from './scheduler-loop.ts';

type TestRegistry = ReturnType<typeof createTestRegistry>;

export interface NodeOptions {
  readonly cpu?: string;
  readonly labels?: Labels;
  readonly spec?: Node['spec'];
}

export interface PodOptions {
  readonly labels?: Labels;
  /** Merged into its spec. */
  readonly spec?: Record<string, unknown>;
}

/**
 * A registry with a running scheduler on a virtual clock. Call `useSchedulerWorld` once in a file of tests: each test
 * gets another one.
 */
export class SchedulerWorld {
  readonly registry: TestRegistry = createTestRegistry();
  #scheduler: Scheduler | undefined;

  get client(): TestRegistry['client'] {
    return this.registry.client;
  }

  get clock(): TestRegistry['clock'] {
    return this.registry.clock;
  }

  get scheduler(): Scheduler {
    if (this.#scheduler === undefined) throw new Error('no scheduler runs');
    return this.#scheduler;
  }

  start(): void {
    this.#scheduler?.stop();
    this.#scheduler = new Scheduler({ ...this.registry, logger: silentLogger });
    this.#scheduler.start();
  }

  stop(): void {
    this.#scheduler?.stop();
    this.registry.registry.close();
  }

  advance(ms: number): void {
    const endMs = this.clock.monotonicMs() + ms;
    while ((this.clock.nextDueMs() ?? Number.POSITIVE_INFINITY) <= endMs) this.clock.fireNext();
    this.clock.moveTo(endMs);
  }

  createClass(name: string, value: number, preemptionPolicy = 'PreemptLowerPriority'): void {
    const type = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass' };
    this.client.create({ ...type, metadata: { name }, value, preemptionPolicy });
  }

  /** Of one core, 1 GiB and room for 110 pods unless told otherwise. */
  createNode(name: string, { cpu = '1', labels = {}, spec }: NodeOptions = {}): void {
    const allocatable = { cpu, memory: '1Gi', pods: '110' };
    const meta = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } };
    this.client.transaction(() => {
      this.client.create(spec === undefined ? meta : { ...meta, spec });
      this.client.updateStatus({ ...this.node(name), status: { allocatable, capacity: allocatable } });
    });
  }

  node(name: string): Node {
    const found = this.client.get('Node', { name });
    if (found === undefined) throw new Error(`no node ${name}`);
    return found;
  }

  changeNode(name: string, change: { labels?: Labels; spec?: Node['spec'] }): void {
    const node = this.node(name);
    const metadata = { ...node.metadata, labels: { ...node.metadata.labels, ...change.labels } };
    this.client.update({ ...node, metadata, spec: { ...node.spec, ...change.spec } });
  }

  removeNode(name: string): void {
    this.client.delete({ apiVersion: 'v1', kind: 'Node', name });
  }

  createPod(name: string, cpu: string, { labels, spec }: PodOptions = {}): void {
    const containers = [{ name: 'app', image: 'app', resources: { requests: { cpu } } }];
    const metadata = { name, namespace: 'default', ...(labels === undefined ? {} : { labels }) };
    this.client.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers, ...spec } });
  }

  /** The pod is gone at once. */
  removePod(name: string): void {
    this.client.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name }, { gracePeriodSeconds: 0 });
  }

  pod(name: string): Pod {
    const found = this.client.get('Pod', { namespace: 'default', name });
    if (found === undefined) throw new Error(`no pod ${name}`);
    return found;
  }

  nodeOf(name: string): string | undefined {
    return this.pod(name).spec?.nodeName;
  }

  /** `True  ` or `False <reason> <message>`: whether the pod has a node, and why not. */
  condition(name: string): string {
    const found = this.pod(name).status?.conditions?.find(({ type }) => type === 'PodScheduled');
    return `${found?.status} ${found?.reason} ${found?.message}`;
  }

  /** What events with this reason say. */
  messages(reason: string): readonly (string | undefined)[] {
    return this.client
      .list('Event')
      .filter((event) => event.reason === reason)
      .map(({ message }) => message);
  }
}

/** Priority classes `high` and `polite` (which never preempts) are there. */
export function useSchedulerWorld(): () => SchedulerWorld {
  let world: SchedulerWorld | undefined;
  beforeEach(() => {
    world = new SchedulerWorld();
    world.createClass('high', 1000);
    world.createClass('polite', 1000, 'Never');
    world.start();
  });
  afterEach(() => world?.stop());
  return () => {
    if (world === undefined) throw new Error('there is a world in tests only');
    return world;
  };
}
