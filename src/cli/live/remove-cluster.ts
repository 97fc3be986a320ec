import { LinuxPacketRules } from '../../host/linux/linux-packet-rules.ts';
import { BerthError, messageOf } from '../../lib/errors.ts';
import { silentLogger } from '../../lib/logger.ts';
import { removeNetwork } from '../../network/index.ts';
import { createDockerRuntime } from '../../runtime/docker/index.ts';
import { type RemovalSummary, RuntimeError } from '../../runtime/runtime.ts';
import { type StopContainersOptions, stopContainers } from './stop-containers.ts';

/**
 * Removes every container, network, image and packet rule that carries a cluster's uid, and nothing else. With `stop`
 * the containers are asked to end first; without it they are killed.
 */
export async function removeCluster(clusterUid: string, stop?: StopContainersOptions): Promise<RemovalSummary> {
  const runtime = await createDockerRuntime({ clusterUid, log: silentLogger });
  try {
    if (stop !== undefined) await stopContainers(runtime, stop);
    const removed = await runtime.removeEverything();
    await removeNetwork(new LinuxPacketRules(), clusterUid);
    return removed;
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    throw new BerthError('DockerMissing', {
      object: `cluster ${clusterUid}`,
      verb: 'remove',
      detail: messageOf(error),
      help: 'start Docker, then try again; `berth doctor` tells more',
      cause: error,
    });
  } finally {
    await runtime.close();
  }
}
