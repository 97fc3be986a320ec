/**
 * The driver for Docker's Engine API, from 20.10 on.
 *
 * It speaks HTTP over Node's own client: `engine-connection.ts` is all that is needed of a client library, and bounds
 * every call in time. Flow of a pod: `prepare` makes the network and loads the sandbox image; `runSandbox` creates,
 * starts, writes resolv.conf and finds the link; `createContainer` and `startContainer` join it. `compute-*.ts` say
 * what is sent, `parse-*.ts` what is read.
 */
import { homedir } from 'node:os';
import type { Logger } from '../../lib/logger.ts';
import type { Runtime } from '../runtime.ts';
import { DockerRuntime, type DockerRuntimeOptions } from './docker-runtime.ts';
import { type EngineAddress, formatEngineAddress, resolveEngineAddress } from './engine-address.ts';
import { EngineConnection } from './engine-connection.ts';

export { enableHairpin } from './host-interface.ts';
export { type LoadedDockerConfig, loadDockerConfigCredentials } from './load-docker-config.ts';
export { networkNameOf } from './pod-network.ts';
export { type EngineAddress, formatEngineAddress, resolveEngineAddress };

export interface CreateDockerRuntimeOptions extends Omit<DockerRuntimeOptions, 'engine' | 'nodeIp' | 'log'> {
  readonly log: Logger;
  /** Left out, the engine is found as Docker's command line finds it. */
  readonly address?: EngineAddress;
  /** Left out, the loopback: it matters only where pods run in the host's network. */
  readonly nodeIp?: string;
}

/** Opens the port to this machine's Docker. No call is made yet: an engine that is away shows with the first one. */
export async function createDockerRuntime(options: CreateDockerRuntimeOptions): Promise<Runtime> {
  const { address, nodeIp, ...rest } = options;
  const engine = new EngineConnection(address ?? (await resolveEngineAddress({ env: process.env, home: homedir() })));
  return new DockerRuntime({ ...rest, engine, nodeIp: nodeIp ?? '127.0.0.1' });
}
