import { BOX_DEFAULTS, type BoxSettings } from '../box/index.ts';
import { SIM_STORAGE_DIRECTORY } from '../host/sim/sim-volume-files.ts';

/** The settings of every simulated box, but for the paths of its applications. */
export const WORLD_SETTINGS: Omit<BoxSettings, 'paths'> = {
  version: '0.0.0-sim',
  cluster: 'sim',
  branch: 'main',
  ...BOX_DEFAULTS,
  node: {
    name: 'sim',
    ip: '192.0.2.10',
    machine: { kernelVersion: 'sim', osImage: 'Simulated', machineId: 'sim', bootId: 'sim' },
  },
  hostResolver: { servers: [], searches: [], options: [] },
  policy: { namespaces: {}, protectedPaths: [], storageDirectory: SIM_STORAGE_DIRECTORY },
};
