import { BOX_DEFAULTS, type BoxSettings } from '../box/index.ts';
import { SIM_STORAGE_DIRECTORY } from '../host/sim/sim-volume-files.ts';

/** What the namespaces of the simulated user's applications may ask of the machine. */
const PERMISSIONS = Object.fromEntries(
  ['blog', 'data', 'docs', 'shop', 'web'].map((name) => [name, { hostPaths: ['/srv'], hostNamespaces: true }]),
);

/** What whoever keeps a box writes into its configuration, and may change. */
export type BoxConfiguration = Pick<BoxSettings, 'paths' | 'rolloutTimeoutMs' | 'policy' | 'terminatedPods'>;

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
  policy: { namespaces: PERMISSIONS, protectedPaths: [], storageDirectory: SIM_STORAGE_DIRECTORY },
};

export const USUAL_CONFIGURATION: BoxConfiguration = {
  paths: ['apps/*'],
  rolloutTimeoutMs: WORLD_SETTINGS.rolloutTimeoutMs,
  policy: WORLD_SETTINGS.policy,
  terminatedPods: WORLD_SETTINGS.terminatedPods,
};
