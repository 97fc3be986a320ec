import { readdir, readFile, writeFile } from 'node:fs/promises';

/**
 * Finds the host side of sandboxes' links. A link's two ends name each other by interface index; the ends of one bridge
 * are the only candidates, and an index is never given again while the machine runs, so that each interface is read
 * once.
 */
export class HostInterfaces {
  readonly #bridge: string;
  readonly #indexes = new Map<string, number>();

  constructor(bridge: string) {
    this.#bridge = bridge;
  }

  /**
   * The interface on the host that leads to the process's `eth0`; `undefined` without the rights or on another machine.
   */
  async find(pid: number): Promise<string | undefined> {
    const peer = await readNumber(`/proc/${pid}/root/sys/class/net/eth0/iflink`);
    if (peer === undefined) return undefined;
    const ports = await readdir(`/sys/class/net/${this.#bridge}/brif`).catch(() => []);
    const present = new Set(ports);
    for (const known of this.#indexes.keys()) if (!present.has(known)) this.#indexes.delete(known);
    for (const port of ports) {
      const index = this.#indexes.get(port) ?? (await readNumber(`/sys/class/net/${port}/ifindex`));
      if (index === undefined) continue;
      this.#indexes.set(port, index);
      if (index === peer) return port;
    }
    return undefined;
  }
}

/**
 * Lets a pod reach itself through a service: the bridge may send a packet back out of the port that it came in by.
 * Resolves with whether that is so now.
 */
export async function enableHairpin(hostInterface: string): Promise<boolean> {
  return writeFile(`/sys/class/net/${hostInterface}/brport/hairpin_mode`, '1').then(
    () => true,
    () => false,
  );
}

async function readNumber(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const value = Number.parseInt(text, 10);
  return Number.isNaN(value) ? undefined : value;
}
