import { homedir } from 'node:os';
import { join } from 'node:path';

/** `/etc/berth/config.yaml`, unless `BERTH_CONFIG` names another file. */
export function systemConfigurationFile(): string {
  return process.env['BERTH_CONFIG'] || '/etc/berth/config.yaml';
}

/** Where Berth keeps its data unless told otherwise: the system's place for root, the user's own for others. */
export function defaultDataDirectory(): string {
  if (process.getuid?.() === 0) return '/var/lib/berth';
  return join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'berth');
}
