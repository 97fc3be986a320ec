import { LinuxPacketRules } from '../../../src/host/linux/linux-packet-rules.ts';
import { removeNetwork } from '../../../src/network/remove-network.ts';
import { engineCall } from '../../../src/runtime/docker/testing/engine-by-hand.ts';

const CLUSTER_UID = 'berth.dev/cluster-uid';

/** A container as the engine lists it. */
export interface EngineContainer {
  readonly Id: string;
  readonly State: string;
  readonly Created: number;
  readonly Labels: Readonly<Record<string, string>>;
}

/** Everything of one cluster, or what a filter finds, running or not. */
export async function listContainers(clusterUid: string): Promise<readonly EngineContainer[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${CLUSTER_UID}=${clusterUid}`] }));
  return (await engineCall('GET', `/containers/json?all=1&filters=${filters}`)) as readonly EngineContainer[];
}

/** The containers that run an application's process, without sandboxes. */
export async function runningApps(clusterUid: string): Promise<readonly EngineContainer[]> {
  const all = await listContainers(clusterUid);
  return all.filter(({ State, Labels }) => State === 'running' && Labels['io.kubernetes.docker.type'] === 'container');
}

/** Names that more than one running container has: "at most one container runs per (pod uid, container name)". */
export function findDoubles(containers: readonly EngineContainer[]): readonly string[] {
  const names = containers
    .filter(({ State }) => State === 'running')
    .map(({ Labels }) => `${Labels['io.kubernetes.pod.uid']}/${Labels['io.kubernetes.container.name']}`);
  return names.filter((name, index) => names.indexOf(name) !== index);
}

/** Removes all that a cluster has on the engine and in the packet rules. */
export async function removeCluster(clusterUid: string): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${CLUSTER_UID}=${clusterUid}`] }));
  const remove = (path: string) => engineCall('DELETE', path).catch(() => {});
  for (const { Id } of await listContainers(clusterUid)) await remove(`/containers/${Id}?force=1&v=1`);
  const networks = (await engineCall('GET', `/networks?filters=${filters}`)) as readonly { Id: string }[];
  for (const { Id } of networks) await remove(`/networks/${Id}`);
  const images = (await engineCall('GET', '/images/json')) as readonly { RepoTags: readonly string[] | null }[];
  for (const tag of images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => name.endsWith(clusterUid))) {
    await remove(`/images/${tag}`);
  }
  await removeNetwork(new LinuxPacketRules(), clusterUid);
}
