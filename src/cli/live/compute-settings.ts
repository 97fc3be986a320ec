import { BOX_DEFAULTS, type BoxSettings } from '../../box/index.ts';
import { firstAddress, readHostResolver, readHostsFile, readMachineFacts } from '../../host/linux/machine-info.ts';
import { SIM_STORAGE_DIRECTORY } from '../../host/sim/sim-volume-files.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { VERSION } from '../version.ts';
import { nodeNameOf, readClusterFile } from './cluster-file.ts';
import { dataPaths } from './data-paths.ts';

/** How a box of this configuration on this machine is set up. */
export function computeSettings(configuration: Configuration): BoxSettings {
  const { allow, network, dataDirectory, cluster } = configuration;
  const known = readClusterFile(dataPaths(dataDirectory).cluster);
  const nodeName = known?.nodeName ?? nodeNameOf(cluster);
  return {
    version: VERSION,
    cluster,
    branch: configuration.branch,
    statusBranch: configuration.statusBranch,
    paths: configuration.paths,
    rolloutTimeoutMs: configuration.rolloutTimeoutMs,
    terminatedPods: configuration.terminatedPods,
    stuckAfterMs: BOX_DEFAULTS.stuckAfterMs,
    serviceCidr: network.serviceCidr,
    clusterDomain: network.clusterDomain,
    node: { name: nodeName, ip: firstAddress(), machine: readMachineFacts() },
    hostResolver: readHostResolver(),
    hostsFile: readHostsFile,
    policy: {
      namespaces: Object.fromEntries(allow.map(({ namespace, ...permissions }) => [namespace, permissions])),
      protectedPaths: [dataDirectory],
      storageDirectory: configuration.runtime === 'sim' ? SIM_STORAGE_DIRECTORY : dataPaths(dataDirectory).storage,
    },
  };
}
