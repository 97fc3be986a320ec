/**
 * What else than its engine Berth needs of the machine: ports here, their drivers in `linux/` (the real machine) and
 * `sim/` (one that is made up).
 *
 * Only composition roots name a driver; everybody else is handed a port. A driver decides nothing: what to write, to
 * ask or to forward is computed by its callers. It must not know Kubernetes' objects.
 */
export type { ChartFiles, ChartRenderer } from './chart-renderer.ts';
export type { Disk, DiskAppender } from './disk.ts';
export type { DnsSockets } from './dns-socket.ts';
export type { BuildResult, KustomizeProgram } from './kustomize-program.ts';
export type { PacketRules } from './packet-rules.ts';
export type { ProbeSockets } from './probe-sockets.ts';
export type { ValidatorLoader } from './validator-loader.ts';
export type { VolumeFiles } from './volume-files.ts';
