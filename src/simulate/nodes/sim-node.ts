import type { SimVolumeFiles } from '../../host/sim/sim-volume-files.ts';
import type { VirtualClock } from '../../lib/virtual-clock.ts';
import type { PodNetwork } from '../../runtime/runtime.ts';
import { createSimEngine, type SimEngine, type SimEngineOptions } from '../../runtime/sim/sim-engine.ts';
import { SIM_IMAGES } from '../sim-images.ts';
import { WORLD_SETTINGS } from '../world-settings.ts';

export interface SimNodeOptions extends Pick<SimEngineOptions, 'random' | 'faults' | 'onTrace'> {
  readonly clock: VirtualClock;
  /** 0 is the box that Berth itself runs on. */
  readonly index: number;
}

/** One machine with an engine and volume files, which outlive Berth and the node agent. */
export class SimNode {
  readonly name: string;
  readonly ip: string;
  readonly network: PodNetwork;
  readonly engine: SimEngine;
  readonly volumeEntries = new Map<string, Uint8Array | undefined>();
  /** Whether it is a member of the cluster, with or without being there at the moment. */
  isMember: boolean;
  /** Of who runs on it now. */
  volumeFiles: SimVolumeFiles | undefined;
  /** Whether it tells how much disk it has left. */
  readonly tellsOfDisk: boolean;
  /** Whether its agent can reach Berth. That of the box itself always does. */
  isReachable = true;

  constructor({ index, ...options }: SimNodeOptions) {
    this.name = index === 0 ? WORLD_SETTINGS.node.name : `node-${index + 1}`;
    this.ip = `192.0.2.${10 + index}`;
    this.isMember = index === 0;
    this.tellsOfDisk = index < 2;
    this.network = { bridge: 'berth-sim', cidr: `10.${88 + index}.0.0/16`, gateway: `10.${88 + index}.0.1` };
    this.engine = createSimEngine({
      ...options,
      images: SIM_IMAGES,
      network: this.network,
      nodeIp: this.ip,
      cpuCount: index === 0 ? 2 : 1,
      ...(index === 1 ? { inodes: 0, hasOwnDisk: true } : {}),
      timings: { callTimeout: [5_000, 60_000] },
    });
  }
}
