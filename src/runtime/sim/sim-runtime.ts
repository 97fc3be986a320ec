import type { AttachSession, ByteConnection, ExecSession } from '../../lib/byte-streams.ts';
import type { Clock } from '../../lib/clock.ts';
import {
  type AttachOptions,
  type ContainerDisk,
  type ContainerSpec,
  type ContainerState,
  type ContainerUsage,
  type EngineInfo,
  type ExecOptions,
  type ImageInfo,
  type LogOptions,
  type LogStream,
  type PodNetwork,
  type PulledImage,
  type PullOptions,
  type RemovalSummary,
  RuntimeError,
  type RuntimeEvent,
  type RuntimeState,
  type Sandbox,
  type SandboxSpec,
  type StoredImage,
} from '../runtime.ts';
import { openSimAttach } from './sim-attach.ts';
import {
  type DurationRangeMs,
  memoryOf,
  type SimCall,
  type SimFault,
  type SimTimings,
  usedCpuMs,
} from './sim-behaviour.ts';
import { openSimConnection } from './sim-connection.ts';
import type { SimContainer } from './sim-container.ts';
import type { SimConnection } from './sim-engine.ts';
import { openSimExec } from './sim-exec.ts';
import type { SimMachine } from './sim-machine.ts';
import { refuseImageName, refusePull } from './sim-pull.ts';

/** Where the engine keeps images and containers. */
export const SIM_ENGINE_ROOT = '/engine';

export interface SimRuntimeOptions {
  readonly clusterUid: string;
  readonly clock: Clock;
  readonly machine: SimMachine;
  readonly timings: SimTimings;
  readonly network: PodNetwork;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly isAvailable: () => boolean;
  readonly faultOf: (call: SimCall) => SimFault | undefined;
  readonly onClosed: () => void;
}

interface Watcher {
  readonly onEvent: (event: RuntimeEvent) => void;
  readonly onLost: (error: Error) => void;
}

/**
 * The port on the simulated engine. Each call takes effect at one moment within its drawn duration and answers at the
 * end of it, so that a crash or an outage may fall before the effect, or between the effect and the answer.
 *
 * Invariant: once fenced, no promise settles, no callback is called and no effect happens.
 */
export class SimRuntime implements SimConnection {
  readonly name = 'sim';
  readonly #options: SimRuntimeOptions;
  /** Calls and streams that an outage cuts. */
  readonly #open = new Set<(error: Error) => void>();
  readonly #watchers = new Set<Watcher>();
  /** When the last event arrives, on the monotonic clock. */
  #lastEventMs = 0;
  #isFenced = false;
  #isClosed = false;

  constructor(options: SimRuntimeOptions) {
    this.#options = options;
  }

  disconnect(): void {
    this.#isFenced = true;
    this.#open.clear();
    this.#watchers.clear();
    this.#options.onClosed();
  }

  /** Ends every call and stream with the error: the engine went away. */
  cut(error: Error): void {
    for (const fail of [...this.#open]) fail(error);
    this.#open.clear();
    this.cutWatches(error);
  }

  cutWatches(error: Error): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const watcher of watchers) this.#options.clock.defer(() => !this.#isFenced && watcher.onLost(error));
  }

  /** Passes an event to those that watch now, after its delay and after those before it. */
  deliver(clusterUid: string, event: RuntimeEvent): void {
    if (clusterUid !== this.#options.clusterUid || this.#watchers.size === 0) return;
    const { machine, timings, clock } = this.#options;
    const watchers = [...this.#watchers];
    const nowMs = clock.monotonicMs();
    this.#lastEventMs = Math.max(this.#lastEventMs, nowMs + machine.draw(timings.event));
    clock.setTimer(this.#lastEventMs - nowMs, () => {
      for (const watcher of watchers) if (this.#watchers.has(watcher)) watcher.onEvent(event);
    });
  }

  info(): Promise<EngineInfo> {
    const { cpuCount, memoryBytes, timings } = this.#options;
    return this.#call('info', '', timings.query, () => ({
      description: 'Simulated Engine 1.0',
      version: '1.0',
      operatingSystem: 'simulated',
      architecture: 'x86_64',
      cpuCount,
      memoryBytes,
      cgroupVersion: '2',
      cgroupDriver: 'systemd',
      liveRestore: true,
      rootDirectory: SIM_ENGINE_ROOT,
    }));
  }

  prepare(): Promise<PodNetwork> {
    return this.#call('prepare', '', this.#options.timings.query, () => this.#options.network);
  }

  runSandbox(spec: SandboxSpec): Promise<Sandbox> {
    const { machine, timings, clusterUid } = this.#options;
    return this.#call('runSandbox', podName(spec.pod), timings.runSandbox, () => {
      const sandbox = machine.runSandbox(clusterUid, spec);
      return {
        id: sandbox.id,
        ip: sandbox.ip,
        ...(spec.hostNetwork ? {} : { hostInterface: `veth${sandbox.id.slice(0, 7)}` }),
      };
    });
  }

  stopSandbox(sandboxId: string): Promise<void> {
    const { machine, timings } = this.#options;
    return this.#call('stopSandbox', sandboxId, timings.heedStop, () => {
      const sandbox = this.#sandbox(sandboxId);
      if (sandbox !== undefined) machine.stopSandbox(sandbox);
    });
  }

  removeSandbox(sandboxId: string): Promise<void> {
    const { machine, timings } = this.#options;
    return this.#call('removeSandbox', sandboxId, timings.remove, () => {
      const sandbox = this.#sandbox(sandboxId);
      if (sandbox !== undefined) machine.removeSandbox(sandbox);
    });
  }

  createContainer(spec: ContainerSpec): Promise<string> {
    const { machine, timings, clusterUid } = this.#options;
    const target = `${podName(spec.pod)}/${spec.name}`;
    return this.#call(
      'createContainer',
      target,
      timings.createContainer,
      () => machine.createContainer(clusterUid, spec).id,
    );
  }

  async startContainer(containerId: string): Promise<void> {
    const { machine, timings } = this.#options;
    const target = this.#describe(containerId);
    const hangs = await this.#call('startContainer', target, timings.startContainer, () => {
      const container = this.#existing(containerId);
      const process = machine.chooseProcess(container);
      if (process.start === 'hangs') return true;
      machine.startContainer(container, process);
      return false;
    }).catch((error: unknown) => {
      // As Docker keeps it, whoever refused the start.
      if (error instanceof RuntimeError && error.reason === 'StartFailed')
        this.#container(containerId)?.failStart(error.message);
      throw error;
    });
    if (!hangs) return;
    await this.#call('startContainer (hanging)', target, timings.callTimeout, () => {
      throw new RuntimeError('Timeout', 'the engine did not start the container in time');
    });
  }

  async stopContainer(containerId: string, graceMs: number): Promise<void> {
    const { machine, timings } = this.#options;
    const container = await this.#call('stopContainer', this.#describe(containerId), timings.query, () => {
      const found = this.#container(containerId);
      found?.stop(machine.draw(timings.heedStop), graceMs);
      return found;
    });
    if (container !== undefined) await this.#exited(container);
  }

  removeContainer(containerId: string): Promise<void> {
    const { machine, timings } = this.#options;
    return this.#call('removeContainer', this.#describe(containerId), timings.remove, () => {
      const container = this.#container(containerId);
      if (container !== undefined) machine.removeContainer(container);
    });
  }

  list(): Promise<RuntimeState> {
    const { machine, timings, clusterUid } = this.#options;
    return this.#call('list', '', timings.query, () => ({
      sandboxes: [...machine.sandboxes.values()]
        .filter(isOf(clusterUid))
        .map((sandbox) => machine.sandboxState(sandbox)),
      containers: [...machine.containers.values()].filter(isOf(clusterUid)).map((container) => container.state()),
    }));
  }

  inspectContainer(containerId: string): Promise<ContainerState | undefined> {
    const read = () => this.#container(containerId)?.state();
    return this.#call('inspectContainer', this.#describe(containerId), this.#options.timings.query, read);
  }

  watch(onEvent: (event: RuntimeEvent) => void, onLost: (error: Error) => void): Promise<() => void> {
    return this.#call('watch', '', this.#options.timings.query, () => {
      const watcher = { onEvent, onLost };
      this.#watchers.add(watcher);
      return () => {
        this.#watchers.delete(watcher);
      };
    });
  }

  inspectImage(image: string): Promise<ImageInfo | undefined> {
    const { machine, timings } = this.#options;
    return this.#call('inspectImage', image, timings.query, () => {
      refuseImageName(image);
      return machine.imageInfo(image);
    });
  }

  listImages(): Promise<readonly StoredImage[]> {
    const { machine, timings } = this.#options;
    return this.#call('listImages', '', timings.query, () => machine.images());
  }

  removeImage(id: string): Promise<boolean> {
    const { machine, timings } = this.#options;
    return this.#call('removeImage', id, timings.remove, () => machine.removeImage(id));
  }

  pullImage(image: string, options: PullOptions): Promise<PulledImage> {
    const { machine, timings } = this.#options;
    const pulled = this.#call('pullImage', image, timings.pull, () => {
      refusePull(image, machine.behaviourOf(image), options);
      const before = machine.images();
      machine.addPulledImage(image);
      const info = machine.imageInfo(image);
      if (info === undefined) throw new RuntimeError('Unknown', `image ${image} vanished after its pull`);
      options.onProgress?.('Pull complete');
      return { ...info, namesBefore: before.find(({ id }) => id === info.id)?.names };
    });
    const { signal } = options;
    if (signal === undefined) return pulled;
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
      pulled.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  logs(containerId: string, options: LogOptions): Promise<LogStream> {
    return this.#call('logs', this.#describe(containerId), this.#options.timings.query, () => {
      const container = this.#existing(containerId);
      const { lines, close, fail } = container.log.read(options, container.isRunning);
      this.#open.add(fail);
      return {
        lines,
        close: () => {
          this.#open.delete(fail);
          close();
        },
      };
    });
  }

  exec(containerId: string, options: ExecOptions): Promise<ExecSession> {
    const { clock, machine, timings } = this.#options;
    return this.#call('exec', this.#describe(containerId), timings.query, () => {
      const container = this.#running(containerId);
      const durationMs = machine.draw(timings.exec);
      const { session, fail } = openSimExec({ container, options, clock, durationMs, isFenced: () => this.#isFenced });
      this.#open.add(fail);
      const forget = () => this.#open.delete(fail);
      session.exitCode.then(forget, forget);
      return session;
    });
  }

  attach(containerId: string, options: AttachOptions): Promise<AttachSession> {
    const { clock, timings } = this.#options;
    return this.#call('attach', this.#describe(containerId), timings.query, () => {
      const { session, fail } = openSimAttach(this.#running(containerId), options, clock);
      this.#open.add(fail);
      const forget = () => this.#open.delete(fail);
      session.ended.then(forget, forget);
      return session;
    });
  }

  connect(sandboxId: string, port: number): Promise<ByteConnection> {
    const { machine, timings } = this.#options;
    return this.#call('connect', sandboxId, timings.query, () => {
      const address = this.#sandbox(sandboxId)?.ip ?? '';
      if (!machine.isListening(address, port)) {
        throw new RuntimeError('Conflict', `dial tcp4 ${address}:${port}: connect: connection refused`);
      }
      const { connection, fail } = openSimConnection((path) => machine.httpGet(address, port, path));
      this.#open.add(fail);
      const close = () => {
        this.#open.delete(fail);
        connection.close();
      };
      return { ...connection, close };
    });
  }

  usage(containerId: string): Promise<ContainerUsage | undefined> {
    return this.#call('usage', this.#describe(containerId), this.#options.timings.query, () => {
      const container = this.#container(containerId);
      if (container?.isRunning !== true) return undefined;
      const { process, uptimeMs } = container;
      return {
        cpuNanoseconds: Math.round(usedCpuMs(process, uptimeMs) * 1e6),
        memoryWorkingSetBytes: memoryOf(process),
      };
    });
  }

  diskUsage(containerId: string): Promise<ContainerDisk | undefined> {
    const { timings } = this.#options;
    return this.#call('diskUsage', this.#describe(containerId), timings.query, () => {
      const container = this.#container(containerId);
      return container === undefined ? undefined : { bytes: container.process.diskBytes ?? 0 };
    });
  }

  removeEverything(): Promise<RemovalSummary> {
    const { machine, timings, clusterUid } = this.#options;
    return this.#call('removeEverything', '', timings.remove, () => {
      const sandboxes = [...machine.sandboxes.values()].filter(isOf(clusterUid));
      const containers = [...machine.containers.values()].filter(isOf(clusterUid)).length + sandboxes.length;
      for (const sandbox of sandboxes) machine.removeSandbox(sandbox);
      return { containers, networks: 1 };
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watchers.clear();
    for (const fail of [...this.#open])
      fail(new RuntimeError('EngineUnavailable', 'the connection to the engine was closed'));
    this.#open.clear();
    this.#options.onClosed();
  }

  /** Carries out one call: its effect at a drawn moment, its answer at the end of a drawn duration. */
  #call<T>(operation: string, target: string, range: DurationRangeMs, effect: () => T): Promise<T> {
    const { clock, machine, isAvailable } = this.#options;
    return new Promise((resolve, reject) => {
      if (this.#isFenced) return;
      const unavailable = () => new RuntimeError('EngineUnavailable', 'the simulated engine does not answer');
      const fault = this.#options.faultOf({ operation, target, atMs: clock.monotonicMs() });
      const durationMs = machine.draw(range) + (fault?.kind === 'delay' ? fault.delayMs : 0);
      const effectMs = machine.draw([0, durationMs]);
      const fail = (error: Error) => {
        this.#open.delete(fail);
        if (!this.#isFenced) reject(error);
      };
      if (!isAvailable() || this.#isClosed) {
        clock.setTimer(1, () => fail(unavailable()));
        return;
      }
      this.#open.add(fail);
      clock.setTimer(effectMs, () => {
        if (this.#isFenced || !this.#open.has(fail)) return;
        const outcome =
          fault?.kind === 'refuse' ? { error: new RuntimeError(fault.reason, fault.message) } : attempt(effect);
        clock.setTimer(durationMs - effectMs, () => {
          if (this.#isFenced || !this.#open.delete(fail)) return;
          if (fault?.kind === 'lose-answer') reject(unavailable());
          else if ('error' in outcome) reject(outcome.error);
          else resolve(outcome.value);
        });
      });
    });
  }

  /** Waits for the exit of a container, or the engine's. */
  #exited(container: SimContainer): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        forget();
        reject(error);
      };
      this.#open.add(fail);
      const forget = container.afterExit(() => {
        this.#open.delete(fail);
        if (!this.#isFenced) this.#options.clock.defer(resolve);
      });
    });
  }

  #container(id: string): SimContainer | undefined {
    const container = this.#options.machine.containers.get(id);
    return container?.clusterUid === this.#options.clusterUid ? container : undefined;
  }

  #existing(id: string): SimContainer {
    const container = this.#container(id);
    if (container === undefined) throw new RuntimeError('NotFound', `No such container: ${id}`);
    return container;
  }

  #running(id: string): SimContainer {
    const container = this.#existing(id);
    if (!container.isRunning) throw new RuntimeError('Conflict', `Container ${id} is not running`);
    return container;
  }

  #sandbox(id: string) {
    const sandbox = this.#options.machine.sandboxes.get(id);
    return sandbox?.clusterUid === this.#options.clusterUid ? sandbox : undefined;
  }

  #describe(containerId: string): string {
    const container = this.#container(containerId);
    return container === undefined ? containerId : `${podName(container.spec.pod)}/${container.spec.name}`;
  }
}

function attempt<T>(effect: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: effect() };
  } catch (error) {
    return { error };
  }
}

function podName(pod: SandboxSpec['pod']): string {
  return `${pod.namespace}/${pod.name}`;
}

function isOf(clusterUid: string): (item: { readonly clusterUid: string }) => boolean {
  return (item) => item.clusterUid === clusterUid;
}
