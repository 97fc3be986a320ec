import { open } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { SandboxSpec } from '../runtime.ts';

/** The resolver's configuration of a pod; `undefined` when the pod is to have what the engine gives it. */
export function formatResolvConf(dns: SandboxSpec['dns']): string | undefined {
  if (dns.servers.length === 0) return undefined;
  const lines = dns.servers.map((server) => `nameserver ${server}`);
  if (dns.searches.length > 0) lines.push(`search ${dns.searches.join(' ')}`);
  if (dns.options.length > 0) lines.push(`options ${dns.options.join(' ')}`);
  return `${lines.join('\n')}\n`;
}

/**
 * Writes into the file that the engine mounts as `/etc/resolv.conf`, without replacing it: the mount holds on to the
 * file, not to its name. Resolves with whether it worked; it cannot without root or with an engine on another machine.
 */
export async function rewriteResolvConf(path: string, text: string): Promise<boolean> {
  // The machine's own file is never a sandbox's, whatever an engine says.
  if (!isAbsolute(path) || path.startsWith('/etc/')) return false;
  try {
    const file = await open(path, 'r+');
    try {
      const bytes = Buffer.from(text);
      await file.write(bytes, 0, bytes.length, 0);
      await file.truncate(bytes.length);
    } finally {
      await file.close();
    }
    return true;
  } catch {
    return false;
  }
}
