import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REGISTRY_INDEXES } from '../../api/index.ts';
import { Box, createBoxRegistry } from '../../box/index.ts';
import { HelmCharts } from '../../host/linux/helm-charts.ts';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import { openLinuxDisk } from '../../host/linux/linux-disk.ts';
import { LinuxRandom } from '../../host/linux/linux-random.ts';
import { ModelValidatorLoader } from '../../host/linux/model-validators.ts';
import { silentLogger } from '../../lib/logger.ts';
import { createMemoryStore, openStoreReadOnly, type Store } from '../../store/index.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { dataPaths } from './data-paths.ts';
import { computeSettings, openBoxSource, openSimulatedRuntime } from './live-world.ts';
import { openDataKeys } from './open-secrets.ts';
import { type Plan, planRevision } from './plan-revision.ts';

/**
 * Plans without a running Berth: the same box over a copy of the store in memory, with an engine that only pretends and is never started. Nothing is locked or
 * written; a remote repository is fetched into a folder that is removed again.
 */
export async function planOffline(configuration: Configuration, revision: string | undefined): Promise<Plan> {
  const workDirectory = await mkdtemp(join(tmpdir(), 'berth-plan-'));
  try {
    const store = await readStore(dataPaths(configuration.dataDirectory).store);
    const settings = computeSettings(configuration);
    const random = new LinuxRandom();
    const registry = createBoxRegistry({ store, clock: linuxClock, random }, settings);
    const source = await openBoxSource(configuration, workDirectory);
    const simulated = await openSimulatedRuntime(registry.clusterUid);
    const box = new Box(
      {
        clock: linuxClock,
        random,
        logger: silentLogger,
        store,
        registry,
        source,
        validators: new ModelValidatorLoader(),
        ...openDataKeys(configuration),
        charts: new HelmCharts(configuration.helm === undefined ? {} : { program: configuration.helm }),
        ...simulated,
      },
      settings,
    );
    try {
      // Only what was fetched can be resolved by name.
      if (revision !== undefined) await source.resolve().catch(() => undefined);
      return await planRevision({ box, source, clock: linuxClock, paths: configuration.paths }, revision);
    } finally {
      await box.publisher.stop();
      await box.kubelet.stop();
      await source.close();
      registry.close();
      await simulated.runtime.close();
    }
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}

/** A box that was never started is an empty one. */
async function readStore(directory: string): Promise<Store> {
  if (!existsSync(directory)) return createMemoryStore({ indexes: REGISTRY_INDEXES });
  return openStoreReadOnly({ disk: await openLinuxDisk(directory), indexes: REGISTRY_INDEXES });
}
