import type { ContainerUsage } from '../runtime.ts';
import { type CgroupFiles, findCgroupFiles, readCgroupUsage, workingSet } from './cgroups.ts';
import type { EngineConnection } from './engine-connection.ts';
import { numberAt, valueAt } from './json-path.ts';

/** Containers whose cgroup is remembered; forgetting one costs an inspect call. */
const REMEMBERED_MAX = 2_000;

/**
 * Reads the use of resources from the kernel's files (35 µs), or through the engine's statistics (1–2 s) where there
 * are none.
 */
export class ContainerUsageReader {
  readonly #engine: EngineConnection;
  readonly #files = new Map<string, CgroupFiles>();

  constructor(engine: EngineConnection) {
    this.#engine = engine;
  }

  async read(containerId: string): Promise<ContainerUsage | undefined> {
    const known = this.#files.get(containerId);
    const usage = known === undefined ? undefined : await readCgroupUsage(known);
    if (usage !== undefined) return usage;
    this.#files.delete(containerId);
    const path = `/containers/${containerId}/json`;
    const details = await this.#engine.find({ method: 'GET', path, purpose: 'query' });
    const pid = numberAt(details, 'State', 'Pid');
    if (valueAt(details, 'State', 'Running') !== true || pid === 0) return undefined;
    const files = this.#engine.isLocal ? await findCgroupFiles(pid, containerId) : undefined;
    if (files === undefined) return this.#readStatistics(containerId);
    if (this.#files.size >= REMEMBERED_MAX) this.#files.clear();
    this.#files.set(containerId, files);
    return (await readCgroupUsage(files)) ?? this.#readStatistics(containerId);
  }

  async #readStatistics(containerId: string): Promise<ContainerUsage | undefined> {
    const path = `/containers/${containerId}/stats`;
    const query = { stream: false, 'one-shot': true };
    const stats = await this.#engine.find({ method: 'GET', path, query, purpose: 'query' });
    const memory = valueAt(stats, 'memory_stats');
    const usedBytes = numberAt(memory, 'usage');
    if (usedBytes === 0) return undefined;
    const inactiveBytes =
      numberAt(memory, 'stats', 'total_inactive_file') || numberAt(memory, 'stats', 'inactive_file');
    return {
      cpuNanoseconds: numberAt(stats, 'cpu_stats', 'cpu_usage', 'total_usage'),
      memoryWorkingSetBytes: workingSet(usedBytes, inactiveBytes),
    };
  }
}
