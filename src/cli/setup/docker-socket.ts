import { statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';

const PING_TIMEOUT_MS = 3_000;

/** Sockets on which a local engine may listen, the most specific first. */
export function candidateSockets(environment: NodeJS.ProcessEnv = process.env): readonly string[] {
  const host = environment['DOCKER_HOST'];
  if (host !== undefined && host !== '') return host.startsWith('unix://') ? [host.slice('unix://'.length)] : [];
  const runtimeDirectory = environment['XDG_RUNTIME_DIR'];
  const rootless = runtimeDirectory === undefined ? [] : [join(runtimeDirectory, 'docker.sock')];
  return ['/var/run/docker.sock', ...rootless];
}

/** The first candidate on which an engine answers; `undefined` when none does. */
export async function findDockerSocket(): Promise<string | undefined> {
  for (const socketPath of candidateSockets()) {
    if (await answersPing(socketPath)) return socketPath;
  }
  return undefined;
}

async function answersPing(socketPath: string): Promise<boolean> {
  if (statSync(socketPath, { throwIfNoEntry: false }) === undefined) return false;
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: '/_ping', timeout: PING_TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => resolve(false));
    ping.end();
  });
}
