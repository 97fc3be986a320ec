import { spawn } from 'node:child_process';
import {
  type Flow,
  type PacketRules,
  PacketRulesError,
  type PacketRulesProbe,
  type PodPath,
  type PodPathState,
  type Relay,
  type RelayListener,
} from '../packet-rules.ts';
import { closePodPath, openPodPath } from './pod-path.ts';
import { AddedAddresses, openTcpRelay } from './tcp-relay.ts';

/** `nft` answers within milliseconds; one that hangs waits for a lock of the kernel. */
const COMMAND_TIMEOUT_MS = 30_000;
const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024;
/**
 * Older ones do not know `vmap` over concatenations with `th dport`, or translate to an address and a port from one
 * map.
 */
const LOWEST_VERSION = [1, 0, 1] as const;

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type RunCommand = (command: string, args: readonly string[], input?: string) => Promise<CommandResult>;

/**
 * Packet rules by means of the programs `nft`, `iptables`, `conntrack`, `modprobe` and `ip`, and of files of the
 * kernel.
 */
export class LinuxPacketRules implements PacketRules {
  readonly #run: RunCommand;
  readonly #addedAddresses: AddedAddresses;

  /** `prefix` goes before every command: `['ip', 'netns', 'exec', 'name']` to work in another network namespace. */
  constructor({ prefix = [] }: { readonly prefix?: readonly string[] } = {}) {
    this.#run = (command, args, input) => runCommand([...prefix, command, ...args], input);
    this.#addedAddresses = new AddedAddresses(this.#run);
  }

  async probe(): Promise<PacketRulesProbe> {
    const asked = await this.#run('nft', ['--version']).catch(() => undefined);
    if (asked === undefined || asked.code !== 0) {
      return { usable: false, reason: 'missing', detail: 'the program nft is not there' };
    }
    const version = /v?(\d+\.\d+\.\d+)/.exec(asked.stdout)?.[1] ?? '0.0.0';
    if (isOlder(version)) {
      return {
        usable: false,
        reason: 'outdated',
        detail: `nft is version ${version}; ${LOWEST_VERSION.join('.')} is needed`,
      };
    }
    const listed = await this.#run('nft', ['list', 'tables']);
    if (listed.code === 0) return { usable: true, version };
    const detail = firstComplaint(listed);
    return { usable: false, reason: /not permitted|denied/i.test(detail) ? 'rights' : 'failed', detail };
  }

  async apply(commands: string): Promise<void> {
    const result = await this.#run('nft', ['-f', '-'], commands).catch((cause: unknown) => {
      throw new PacketRulesError(cause instanceof Error ? cause.message : String(cause), { cause });
    });
    if (result.code !== 0) throw new PacketRulesError(firstComplaint(result));
  }

  async listTables(): Promise<readonly string[]> {
    const result = await this.#run('nft', ['list', 'tables', 'ip']);
    if (result.code !== 0) throw new PacketRulesError(firstComplaint(result));
    return [...result.stdout.matchAll(/^table ip (\S+)$/gm)].map((match) => match[1] ?? '');
  }

  async readTable(table: string): Promise<unknown> {
    const result = await this.#run('nft', ['-j', 'list', 'table', 'ip', table]);
    if (result.code === 0) return JSON.parse(result.stdout) as unknown;
    const complaint = firstComplaint(result);
    if (/No such file or directory/.test(complaint)) return undefined;
    throw new PacketRulesError(complaint);
  }

  openPath(path: PodPath): Promise<PodPathState> {
    return openPodPath(this.#run, path);
  }

  closePath(clusterUid: string): Promise<void> {
    return closePodPath(this.#run, clusterUid);
  }

  async forgetFlows(flows: readonly Flow[]): Promise<boolean> {
    for (const { protocol, address, port, endpoint } of flows) {
      const args = ['-D', '-p', protocol, '--orig-port-dst', String(port)];
      if (address !== undefined) args.push('--orig-dst', address);
      if (endpoint !== undefined) args.push('--dst-nat', endpoint);
      // It ends with 1 where nothing matched, too.
      const result = await this.#run('conntrack', args).catch(() => undefined);
      if (result === undefined) return false;
    }
    return true;
  }

  relay(listener: RelayListener): Promise<Relay> {
    return openTcpRelay(listener, this.#addedAddresses);
  }
}

function isOlder(version: string): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, lowest] of LOWEST_VERSION.entries()) {
    const part = parts[index] ?? 0;
    if (part !== lowest) return part < lowest;
  }
  return false;
}

/**
 * `/dev/stdin:1:19-25: Error: No such file or directory`, and then the line with marks below: the first says enough.
 */
function firstComplaint({ stderr, code }: CommandResult): string {
  const line = stderr.split('\n').find((text) => text.trim() !== '') ?? `it ended with ${code}`;
  return line
    .replace(/^\/dev\/stdin:\S+ /, '')
    .replace(/^Error: /, '')
    .trim();
}

/**
 * Runs a program with what system programs need in its PATH and C's language. Rejects when it cannot be started or
 * hangs.
 */
function runCommand([command = '', ...args]: readonly string[], input = ''): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin` },
      timeout: COMMAND_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[], size: 0 };
    const collect = (kind: 'stdout' | 'stderr') => (chunk: Buffer) => {
      output.size += chunk.length;
      if (output.size > OUTPUT_LIMIT_BYTES) child.kill('SIGKILL');
      else output[kind].push(chunk);
    };
    child.stdout.on('data', collect('stdout'));
    child.stderr.on('data', collect('stderr'));
    child.on('error', reject);
    // A program that ends early does not read on; its exit code says why.
    child.stdin.on('error', () => {});
    child.on('close', (code, signal) => {
      if (code === null) return reject(new Error(`${command} was ended by ${signal}`));
      const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString('utf8');
      resolve({ code, stdout: text(output.stdout), stderr: text(output.stderr) });
    });
    child.stdin.end(input);
  });
}
