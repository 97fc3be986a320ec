import type { Registry } from '../../api/index.ts';
import type { MachineUsage } from '../../host/machine-usage.ts';
import { createKubelet, type Kubelet, type PodSecurityPolicy } from '../../kubelet/index.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { SeededRandom } from '../../lib/random.ts';
import { KUBERNETES_VERSION } from '../../objects/kubernetes-version.ts';
import type { SimConnection } from '../../runtime/sim/sim-engine.ts';
import { FencedClock } from '../fenced-clock.ts';
import { createSimHostPorts } from '../sim-host-ports.ts';
import { WORLD_SETTINGS } from '../world-settings.ts';
import type { SimNode } from './sim-node.ts';

export interface NodeAgentOptions {
  readonly node: SimNode;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly logger: Logger;
  readonly policy: PodSecurityPolicy;
  readonly machineUsage?: MachineUsage;
}

/**
 * The agent of a further node, from its start to its end: fenced, it neither hears nor does anything any more, as one
 * that is cut off.
 */
export class NodeAgent {
  readonly #clock: FencedClock;
  readonly #runtime: SimConnection;
  readonly #kubelet: Kubelet;

  constructor({ node, registry, clock, random, logger, policy, machineUsage }: NodeAgentOptions) {
    this.#clock = new FencedClock(clock);
    this.#runtime = node.engine.connect(registry.clusterUid);
    const ports = { clock: this.#clock, random: random.fork(), engine: node.engine, entries: node.volumeEntries };
    const { volumeFiles, probeSockets } = createSimHostPorts(ports);
    node.volumeFiles = volumeFiles;
    const network = () => this.#kubelet.network;
    this.#kubelet = createKubelet({
      client: registry.client({ user: `system:node:${node.name}`, fieldManager: 'kubelet' }),
      runtime: this.#runtime,
      clock: this.#clock,
      random: random.fork(),
      logger,
      volumeFiles,
      probeSockets,
      nodeName: node.name,
      nodeIp: node.ip,
      machine: { ...WORLD_SETTINGS.node.machine, machineId: node.name, bootId: node.name },
      kubeletVersion: `${KUBERNETES_VERSION.text}-berth.${WORLD_SETTINGS.version}`,
      dns: {
        get clusterServers() {
          const gateway = network()?.gateway;
          return gateway === undefined ? [] : [gateway];
        },
        clusterDomain: WORLD_SETTINGS.clusterDomain,
        host: WORLD_SETTINGS.hostResolver,
      },
      policy,
      machineUsage,
      renewLease: () => registry.renewLease(node.name),
    });
  }

  /** What the containers of its node use. */
  get metrics(): Kubelet['metrics'] {
    return this.#kubelet.metrics;
  }

  start(): Promise<void> {
    return this.#kubelet.start();
  }

  fence(): void {
    this.#clock.fence();
    this.#runtime.disconnect();
    void this.#kubelet.stop();
  }
}
