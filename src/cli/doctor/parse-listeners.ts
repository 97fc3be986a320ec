/** A socket that takes connections or datagrams from anybody. */
export interface Listener {
  readonly protocol: 'tcp' | 'udp';
  /** `any` for every address; IPv6 addresses other than that are not spelled out. */
  readonly address: string;
  readonly port: number;
}

/** States of `/proc/net/tcp` and `/proc/net/udp` (proc(5)): listening, and a datagram socket without a peer. */
const STATES = { tcp: '0A', udp: '07' } as const;

/** Reads `/proc/net/tcp`, `tcp6`, `udp` or `udp6`. */
export function parseListeners(text: string, file: 'tcp' | 'tcp6' | 'udp' | 'udp6'): readonly Listener[] {
  const protocol = file.startsWith('tcp') ? 'tcp' : 'udp';
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/);
      const [hexAddress = '', hexPort = ''] = local.split(':');
      if (state !== STATES[protocol] || hexPort === '') return [];
      return [{ protocol, address: parseAddress(hexAddress), port: Number.parseInt(hexPort, 16) }];
    });
}

/** Four bytes in the order of a little-endian machine. */
function parseAddress(hex: string): string {
  if (/^0+$/.test(hex)) return 'any';
  if (hex.length !== 8) return hex;
  const bytes = hex.match(/../g) ?? [];
  return bytes
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}
