import { createTestRegistry, type TestRegistry } from '../api/testing.ts';
import { createControllers } from '../controllers/create-controllers.ts';
import { ControllerManager } from '../controllers/manager/controller-manager.ts';
import { FakeKubelet } from '../controllers/testing.ts';
import { canonicalJson } from '../lib/json.ts';
import { silentLogger } from '../lib/logger.ts';
import type { VirtualClock } from '../lib/virtual-clock.ts';
import { parseManifestFile } from '../manifests/index.ts';
import { storageKeyOf } from '../objects/index.ts';
import { findKind } from '../objects/kinds.ts';
import { MemoryRepository } from '../source/memory/memory-repository.ts';
import { MemorySource } from '../source/memory/memory-source.ts';
import type { SourceErrorReason } from '../source/source.ts';
import type {
  ApplicationFolder,
  ApplicationLoader,
  LoadedApplication,
  OpenedApplication,
  ReportedProblem,
} from './application.ts';
import type { GitopsEvent } from './events.ts';
import { FinishedJobs } from './finished-jobs.ts';
import { GitopsState } from './gitops-state.ts';
import { Reconciler } from './reconciler.ts';
import type { TreeFile } from './tree-reader.ts';

export const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n';

export function configMap(name: string, value: string, namespace = 'shop'): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\ndata:\n  key: ${value}\n`;
}

export function deployment(
  name: string,
  options: { readonly image?: string; readonly replicas?: number } = {},
): string {
  const { image = 'app:1', replicas } = options;
  return [
    'apiVersion: apps/v1',
    'kind: Deployment',
    'metadata:',
    `  name: ${name}`,
    '  namespace: shop',
    'spec:',
    ...(replicas === undefined ? [] : [`  replicas: ${replicas}`]),
    '  selector:',
    `    matchLabels: {app: ${name}}`,
    '  template:',
    `    metadata: {labels: {app: ${name}}}`,
    '    spec:',
    `      containers: [{name: app, image: "${image}"}]`,
    '',
  ].join('\n');
}

export interface TestLoopOptions {
  readonly paths?: readonly string[];
  readonly repository?: MemoryRepository;
  readonly registry?: TestRegistry;
  readonly fault?: (call: string) => SourceErrorReason | undefined;
  readonly createLoader?: (source: MemorySource, test: TestRegistry) => ApplicationLoader;
}

/** A loop over a repository, a registry and controllers in memory, on a virtual clock. */
export class TestLoop {
  readonly repository: MemoryRepository;
  readonly test: TestRegistry;
  readonly source: MemorySource;
  readonly loader: ApplicationLoader;
  readonly reconciler: Reconciler;
  readonly kubelet: FakeKubelet;
  readonly events: GitopsEvent[] = [];
  readonly state: GitopsState;
  readonly #manager: ControllerManager;
  readonly #finishedJobs: FinishedJobs;

  constructor(options: TestLoopOptions = {}) {
    this.repository = options.repository ?? new MemoryRepository();
    this.test = options.registry ?? createTestRegistry();
    const { client, clock, random, registry, store } = this.test;
    const finalizeNamespace = (name: string, finalizers: readonly string[]) => {
      registry.finalizeNamespace({ user: 'test', fieldManager: 'test' }, name, finalizers);
    };
    const controllers = createControllers({ client, clock, random, logger: silentLogger, finalizeNamespace });
    this.#manager = new ControllerManager({ client, clock, logger: silentLogger, controllers });
    this.state = new GitopsState(store);
    this.#finishedJobs = new FinishedJobs(client, this.state);
    this.#finishedJobs.start();
    this.#manager.start();
    this.kubelet = new FakeKubelet(client, clock);
    const { repository, fault = () => undefined } = { ...options, repository: this.repository };
    this.source = new MemorySource({ repository, branch: 'main', clock, fault });
    this.loader = options.createLoader?.(this.source, this.test) ?? new ParsingLoader(this.source);
    this.reconciler = new Reconciler({
      client: client.as({ user: 'system:berth', fieldManager: 'berth' }),
      state: this.state,
      clock,
      logger: silentLogger,
      source: this.source,
      loader: this.loader,
      paths: options.paths ?? ['.'],
      rootName: 'root',
      rolloutTimeoutMs: 600_000,
      stuckAfterMs: 30_000,
      emit: (event) => this.events.push(event),
    });
  }

  /** Commits the files to the deployed branch. */
  push(files: Readonly<Record<string, string>>, branch = 'main'): string {
    const atMs = this.test.clock.wallMs();
    return this.repository.commit(branch, new Map(Object.entries(files)), { message: 'A change', atMs }).id;
  }

  async start(): Promise<void> {
    const starting = this.reconciler.start();
    await this.run(2_000);
    await starting;
  }

  /** Lets `ms` of virtual time pass, with all the work that falls into it. */
  async run(ms: number): Promise<void> {
    const { clock } = this.test;
    const endMs = clock.monotonicMs() + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const due = clock.nextDueMs();
      if (due === undefined || due > endMs) break;
      clock.fireNext();
    }
    clock.moveTo(endMs);
  }

  async stop(): Promise<void> {
    await this.reconciler.stop();
    this.#manager.stop();
    this.#finishedJobs.stop();
    this.kubelet.stop();
  }

  phaseOf(application: string): string | undefined {
    return this.reconciler.applications.find((one) => one.application.name === application)?.verdict.phase;
  }

  messageOf(application: string): string | undefined {
    return this.reconciler.applications.find((one) => one.application.name === application)?.verdict.message;
  }
}

/** Lets virtual time pass until `promise` settles. */
export async function drive<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  while (!isSettled) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!isSettled) clock.fireNext();
  }
  return promise;
}

/** Parses and nothing more: validation has tests of its own. */
class ParsingLoader implements ApplicationLoader {
  readonly #source: MemorySource;

  constructor(source: MemorySource) {
    this.#source = source;
  }

  async open({ reader, rootTree, path }: ApplicationFolder): Promise<OpenedApplication | undefined> {
    const identity = await reader.findFolder(rootTree, path);
    if (identity === undefined) return undefined;
    return { identity, load: async () => this.#load(await reader.listFiles(identity, path)) };
  }

  async #load(files: readonly TreeFile[]): Promise<LoadedApplication> {
    const objects: LoadedApplication['objects'][number][] = [];
    const problems: ReportedProblem[] = [];
    let passedOver = 0;
    for (const { path, id: blobId } of files.filter((file) => file.path.endsWith('.yaml'))) {
      const parsed = parseManifestFile({ path, blobId, bytes: await this.#source.readBlob(blobId, 1e6) });
      passedOver += parsed.passedOver;
      problems.push(...parsed.diagnostics);
      for (const { object, apiVersion, kind, line, name = '', namespace } of parsed.documents) {
        const isNamespaced = findKind(apiVersion, kind)?.namespaced !== false;
        const id = { apiVersion, kind, name, ...(isNamespaced ? { namespace: namespace ?? 'default' } : {}) };
        const full = {
          ...object,
          metadata: { ...object.metadata, ...(id.namespace === undefined ? {} : { namespace: id.namespace }) },
        };
        const key = storageKeyOf(id);
        objects.push({
          key,
          id,
          decode: () => full,
          digest: canonicalJson(full),
          origin: { path, line },
          locate: () => ({ path, line }),
        });
      }
    }
    return { objects, problems, omittedProblems: 0, files: files.length, passedOver };
  }
}
