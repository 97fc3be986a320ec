import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { findProgram } from '../setup/ensure-docker.ts';

/** Kubernetes' range of node ports. */
const RANGE = { min: 30_000, max: 32_767 };

/** The wanted port when nothing on this machine uses it, else the next free one. */
export async function chooseNodePort(wanted: number): Promise<number> {
  const rules = readPacketRules();
  for (let offset = 0; offset <= RANGE.max - RANGE.min; offset++) {
    const port = RANGE.min + ((wanted - RANGE.min + offset) % (RANGE.max - RANGE.min + 1));
    if (!new RegExp(`\\b${port}\\b`).test(rules) && (await isFree(port))) return port;
  }
  return wanted;
}

/** A port that packet rules lead away has no socket that listens on it. */
function readPacketRules(): string {
  const nft = findProgram('nft');
  if (nft === undefined) return '';
  return spawnSync(nft, ['list', 'ruleset'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).stdout ?? '';
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '0.0.0.0' }, () => server.close(() => resolve(true)));
  });
}
