/** One range of IPv4 addresses. */
interface AddressRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Ranges to try for the pod network, in order. They leave out 10.96.0.0/12, where Kubernetes puts services by default,
 * and Docker's own pools in 172.16.0.0/12 and 192.168.0.0/16, which homes and offices use, too.
 */
const CANDIDATES: readonly string[] = [
  ...Array.from({ length: 8 }, (_, index) => `10.${88 + index}.0.0/16`),
  ...Array.from({ length: 40 }, (_, index) => `10.${200 + index}.0.0/16`),
];

/** The candidates that overlap none of the ranges in use, in order. Ranges that are not IPv4 are passed over. */
export function listFreeSubnets(usedCidrs: readonly string[], preferred?: string): readonly string[] {
  const used = usedCidrs.map(parseCidr).filter((range) => range !== undefined);
  const candidates = preferred === undefined ? CANDIDATES : [preferred];
  return candidates.filter((candidate) => {
    const range = parseCidr(candidate);
    return range !== undefined && !used.some((other) => range.first <= other.last && other.first <= range.last);
  });
}

/** The first address of a range, which becomes the bridge's. */
export function firstAddressOf(cidr: string): string {
  const first = (parseCidr(cidr)?.first ?? 0) + 1;
  return [first >>> 24, (first >>> 16) & 255, (first >>> 8) & 255, first & 255].join('.');
}

/**
 * The destinations of the kernel's IPv4 routes (`/proc/net/route`), without the default route: a pod network inside one
 * of them would cut the box off from it.
 */
export function parseRoutes(routeTable: string): readonly string[] {
  const cidrs: string[] = [];
  for (const line of routeTable.split('\n').slice(1)) {
    const [, destination, , , , , , mask] = line.split('\t');
    if (destination === undefined || mask === undefined || mask === '00000000') continue;
    const bits = [...Number.parseInt(mask, 16).toString(2)].filter((bit) => bit === '1').length;
    cidrs.push(`${littleEndianAddress(destination)}/${bits}`);
  }
  return cidrs;
}

function littleEndianAddress(hex: string): string {
  const value = Number.parseInt(hex, 16);
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24].join('.');
}

function parseCidr(cidr: string): AddressRange | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(cidr);
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = match.slice(1, 5).map(Number);
  const bits = Number(match[5] ?? 32);
  if (Math.max(a, b, c, d) > 255 || bits > 32) return undefined;
  const sizeAddresses = 2 ** (32 - bits);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const first = address - (address % sizeAddresses);
  return { first, last: first + sizeAddresses - 1 };
}
