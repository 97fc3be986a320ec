import { homedir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, createApiServer } from '../../api/http/index.ts';
import { REGISTRY_INDEXES, type Registry, stringifyObject } from '../../api/index.ts';
import { Box, type BoxPorts, createBoxRegistry } from '../../box/index.ts';
import { acquireDataDirectoryLock, type DataDirectoryLock } from '../../host/linux/data-directory-lock.ts';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import { openLinuxDisk } from '../../host/linux/linux-disk.ts';
import { LinuxDnsSockets } from '../../host/linux/linux-dns-sockets.ts';
import { LinuxMachineUsage } from '../../host/linux/linux-machine-usage.ts';
import { LinuxPacketRules } from '../../host/linux/linux-packet-rules.ts';
import { LinuxProbeSockets } from '../../host/linux/linux-probe-sockets.ts';
import { LinuxRandom } from '../../host/linux/linux-random.ts';
import { LinuxResultCache } from '../../host/linux/linux-result-cache.ts';
import { LinuxVolumeFiles } from '../../host/linux/linux-volume-files.ts';
import { firstAddress } from '../../host/linux/machine-info.ts';
import { ModelValidatorLoader } from '../../host/linux/model-validators.ts';
import { closeAll } from '../../lib/close-all.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { Logger } from '../../lib/logger.ts';
import { isToEnd } from '../../objects/index.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { SimProcess, SimStart } from '../../runtime/sim/sim-behaviour.ts';
import { openSource, type Source } from '../../source/index.ts';
import { type DiskStore, openDiskStore } from '../../store/index.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { VERSION } from '../version.ts';
import { createBerthRoutes } from './berth-routes.ts';
import { writeClusterFile } from './cluster-file.ts';
import { computeSettings } from './compute-settings.ts';
import { dataPaths } from './data-paths.ts';
import { KubectlAccess } from './kubectl/kubectl-access.ts';
import { createKubectlRoutes } from './kubectl/kubectl-routes.ts';
import { openMetricsAdapters } from './open-metrics-adapters.ts';
import { openRenderers } from './open-renderers.ts';
import { openReports } from './open-reports.ts';
import { openDataKeys, openSecretFiles } from './open-secrets.ts';

export interface LiveWorld {
  readonly box: Box;
  readonly registry: Registry;
  /** Stops everything in order; containers go on running. */
  stop(): Promise<void>;
  /** Resolves with the error when the store can persist nothing any more: the process has to end. */
  readonly failure: Promise<Error>;
}

/** Opens everything real that a box stands on and starts it. What was opened is closed again when a step fails. */
export async function openLiveWorld(
  configuration: Configuration,
  logger: Logger,
  onShutdown: () => void,
): Promise<LiveWorld> {
  const closers: (() => unknown)[] = [];
  const stop = () => closeAll(closers.splice(0).reverse());
  try {
    return await open(configuration, logger, { closers, stop, onShutdown });
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Closing {
  readonly closers: (() => unknown)[];
  readonly stop: () => Promise<void>;
  readonly onShutdown: () => void;
}

async function open(
  configuration: Configuration,
  logger: Logger,
  { closers, stop, onShutdown }: Closing,
): Promise<LiveWorld> {
  const paths = dataPaths(configuration.dataDirectory);
  const lock: DataDirectoryLock = acquireDataDirectoryLock(configuration.dataDirectory);
  closers.push(() => lock.release());
  const store = await openStore(paths.store, logger);
  closers.push(() => store.close());
  const failure = new Promise<Error>((resolve) => {
    store.onFailure(resolve);
  });
  const settings = computeSettings(configuration);
  const random = new LinuxRandom();
  const registry = createBoxRegistry({ store, clock: linuxClock, random }, settings);
  writeClusterFile(paths.cluster, {
    uid: registry.clusterUid,
    name: configuration.cluster,
    nodeName: settings.node.name,
    runtime: configuration.runtime,
    status: {
      repository: configuration.repository,
      branch: configuration.branch,
      statusBranch: configuration.statusBranch,
      credentials: configuration.credentials,
    },
  });
  const source = await openBoxSource(configuration, paths.source);
  closers.push(() => source.close());
  const runtimePorts = await openRuntime(configuration, registry, logger);
  closers.push(() => runtimePorts.runtime.close());
  const metricsAdapters = openMetricsAdapters(configuration);
  closers.push(() => metricsAdapters.close());
  const ports: BoxPorts = {
    clock: linuxClock,
    random,
    logger,
    store,
    registry,
    source,
    validators: new ModelValidatorLoader(),
    ...openDataKeys(configuration),
    ...openSecretFiles(configuration),
    results: new LinuxResultCache({ folder: paths.renderCache, maxBytes: LIMITS.renderCacheBytes }),
    ...openRenderers(configuration),
    metricsAdapters: metricsAdapters.links,
    ...runtimePorts,
    ...(await openReports(configuration, logger)),
  };
  const box = new Box(ports, settings);
  closers.push(() => box.stop());
  await openApi(configuration, { box, source, registry, logger, onShutdown }, closers);
  return { box, registry, stop, failure };
}

interface ApiParts {
  readonly box: Box;
  readonly source: Source;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly onShutdown: () => void;
}

/** The API on its socket, and on the port for kubectl where one was asked for before. */
async function openApi(configuration: Configuration, parts: ApiParts, closers: (() => unknown)[]): Promise<void> {
  const { box, source, registry, logger, onShutdown: shutdown } = parts;
  const paths = dataPaths(configuration.dataDirectory);
  const access = new KubectlAccess({
    listen: (options) => server.listenWithToken(options),
    clock: linuxClock,
    logger,
    file: paths.kubectlAccess,
    cluster: configuration.cluster,
  });
  const server: ApiServer = createApiServer({
    registry,
    podStreams: box.kubelet.podStreams,
    metrics: box.kubelet.metrics,
    version: VERSION,
    logger,
    extraRoutes: [
      ...createBerthRoutes({ box, source, clock: linuxClock, paths: configuration.paths, shutdown }),
      ...createKubectlRoutes(access),
    ],
  });
  await server.listenOnSocket(paths.socket);
  closers.push(() => server.close());
  await access.reopen();
}

async function openStore(directory: string, logger: Logger): Promise<DiskStore> {
  const disk = await openLinuxDisk(directory);
  return openDiskStore({ disk, clock: linuxClock, indexes: REGISTRY_INDEXES, stringify: stringifyObject, logger });
}

export function openBoxSource(configuration: Configuration, workDirectory: string): Promise<Source> {
  return openSource({
    repository: configuration.repository,
    branch: configuration.branch,
    workDirectory,
    clock: linuxClock,
    random: new LinuxRandom(),
    credentials: configuration.credentials,
    intervalMs: configuration.intervalMs,
  });
}

type RuntimePorts = Pick<
  BoxPorts,
  'runtime' | 'volumeFiles' | 'probeSockets' | 'packetRules' | 'dnsSockets' | 'nodeCredentials' | 'machineUsage'
>;

async function openRuntime(configuration: Configuration, registry: Registry, logger: Logger): Promise<RuntimePorts> {
  if (configuration.runtime === 'sim') return openSimulatedRuntime(registry);
  const paths = dataPaths(configuration.dataDirectory);
  return {
    runtime: await openDockerRuntime(configuration, registry.clusterUid, logger),
    volumeFiles: new LinuxVolumeFiles({
      diskDirectory: paths.volumes,
      storageDirectory: paths.storage,
      memoryDirectory: paths.secretVolumes,
    }),
    probeSockets: new LinuxProbeSockets(),
    machineUsage: new LinuxMachineUsage(),
    packetRules: new LinuxPacketRules(),
    dnsSockets: new LinuxDnsSockets(),
    nodeCredentials: await createNodeCredentials(configuration),
  };
}

export async function openDockerRuntime(
  configuration: Configuration,
  clusterUid: string,
  logger: Logger,
): Promise<Runtime> {
  const { createDockerRuntime } = await import('../../runtime/docker/index.ts');
  const { podCidr, serviceCidr } = configuration.network;
  return createDockerRuntime({
    clusterUid,
    log: logger,
    nodeIp: firstAddress(),
    avoidCidrs: [serviceCidr],
    ...(podCidr === undefined ? {} : { podCidr }),
  });
}

async function createNodeCredentials(configuration: Configuration): Promise<BoxPorts['nodeCredentials']> {
  const { loadDockerConfigCredentials, selectCredentials } = await import('../../runtime/index.ts');
  const file =
    configuration.dockerConfigFile ?? join(process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'config.json');
  return async (image) => {
    const { config } = await loadDockerConfigCredentials(file, { image });
    return selectCredentials(image, [config]);
  };
}

/** How long a container that is to end works, where its command does not say it. */
const PRETENDED_WORK_MS = 2_000;

/** The engine that only pretends: for a look at Berth without Docker. */
async function openSimulatedRuntime(registry: Registry): Promise<RuntimePorts> {
  const { createSimEngine } = await import('../../runtime/sim/sim-engine.ts');
  const { pretendCommand } = await import('../../runtime/sim/pretend-command.ts');
  const { createSimHostPorts } = await import('../../simulate/sim-host-ports.ts');
  const random = new LinuxRandom();
  const client = registry.client({ user: 'simulated-engine', fieldManager: 'simulated-engine' });
  const pretend = ({ pod: { namespace, name }, name: container, command }: SimStart): SimProcess => {
    const pod = client.get('Pod', { namespace, name });
    const known = pretendCommand(command);
    if (known !== undefined || pod === undefined || !isToEnd(pod, container)) return known ?? {};
    return { ports: [], exit: { afterMs: PRETENDED_WORK_MS, code: 0 } };
  };
  const engine = createSimEngine({ clock: linuxClock, random, unknownImage: { process: pretend } });
  const hostPorts = createSimHostPorts({ clock: linuxClock, random, engine });
  return { runtime: engine.connect(registry.clusterUid), ...hostPorts, nodeCredentials: async () => [] };
}

/**
 * What Berth is told of its box. The node keeps the name that it had when the data directory was made: pods are bound
 * to it.
 */
