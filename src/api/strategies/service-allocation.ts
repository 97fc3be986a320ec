import { randomInteger } from '../../lib/random.ts';
import type { ObjectMeta } from '../../objects/types.ts';
import type { WriteScope } from '../context.ts';
import { CLUSTER_IP_INDEX, NODE_PORT_INDEX } from '../indexes.ts';

/**
 * Random draws before a full walk over the range; with a range that is half full, all of them fail once in 2³² times.
 */
const DRAWS = 32;

interface Ipv4Range {
  readonly base: number;
  readonly size: number;
}

/**
 * An address that no service has, or `undefined` when the range is full. What is taken is read from the store's index,
 * which sees the writes of the transaction in progress: there is no second record of it that could disagree after a
 * crash or a rollback.
 */
export function allocateClusterIp(scope: WriteScope): string | undefined {
  const range = parseIpv4Cidr(scope.context.serviceCidr);
  const isFree = (offset: number) =>
    scope.transaction.byIndex(CLUSTER_IP_INDEX, formatIpv4(range.base + offset)).length === 0;
  const offset =
    drawFree(scope, firstDynamicOffset(range), range.size - 2, isFree) ?? walkFree(1, range.size - 2, isFree);
  return offset === undefined ? undefined : formatIpv4(range.base + offset);
}

/**
 * "The lower band, min(max(16, size/16), 256) addresses, is left to services that ask for an address by themselves"
 * (Service ClusterIP allocation); it is used when the rest is full.
 */
function firstDynamicOffset(range: Ipv4Range): number {
  const band = Math.min(Math.max(16, Math.floor(range.size / 16)), 256);
  return band + 1 > range.size - 2 ? 1 : band + 1;
}

/** Why this address cannot be had; `undefined` when it can, or when the same service has it already. */
export function claimClusterIp(scope: WriteScope, owner: ObjectMeta | undefined, address: string): string | undefined {
  const holders = scope.transaction.byIndex(CLUSTER_IP_INDEX, address);
  if (holders.some((entry) => isSame(entry.value['metadata'], owner))) return undefined;
  const number = parseIpv4(address);
  const range = parseIpv4Cidr(scope.context.serviceCidr);
  if (number === undefined) return `must be a valid IPv4 address, "None" or empty`;
  if (number <= range.base || number >= range.base + range.size - 1) {
    return `failed to allocate IP ${address}: the provided IP (${address}) is not in the valid range. The range of valid IPs is ${scope.context.serviceCidr}`;
  }
  return holders.length === 0 ? undefined : `failed to allocate IP ${address}: provided IP is already allocated`;
}

/** A port of the range that no service and none of `taken` has for this protocol; `undefined` when there is none. */
export function allocateNodePort(scope: WriteScope, protocol: string, taken: ReadonlySet<string>): number | undefined {
  const { min, max } = scope.context.nodePortRange;
  const isFree = (port: number) =>
    !taken.has(`${port}/${protocol}`) && scope.transaction.byIndex(NODE_PORT_INDEX, `${port}/${protocol}`).length === 0;
  return drawFree(scope, min, max, isFree) ?? walkFree(min, max, isFree);
}

/** Why this port cannot be had; `undefined` when it can, or when the same service has it already. */
export function claimNodePort(
  scope: WriteScope,
  owner: ObjectMeta | undefined,
  port: number,
  protocol: string,
): string | undefined {
  const { min, max } = scope.context.nodePortRange;
  if (port < min || port > max)
    return `provided port is not in the valid range. The range of valid ports is ${min}-${max}`;
  const holders = scope.transaction.byIndex(NODE_PORT_INDEX, `${port}/${protocol}`);
  if (holders.every((entry) => isSame(entry.value['metadata'], owner))) return undefined;
  return 'provided port is already allocated';
}

function isSame(metadata: unknown, owner: ObjectMeta | undefined): boolean {
  return owner?.uid !== undefined && (metadata as ObjectMeta).uid === owner.uid;
}

function drawFree(
  scope: WriteScope,
  min: number,
  max: number,
  isFree: (number: number) => boolean,
): number | undefined {
  for (let draw = 0; draw < DRAWS && max >= min; draw++) {
    const candidate = randomInteger(scope.context.random, min, max);
    if (isFree(candidate)) return candidate;
  }
  return undefined;
}

function walkFree(min: number, max: number, isFree: (number: number) => boolean): number | undefined {
  for (let candidate = min; candidate <= max; candidate++) if (isFree(candidate)) return candidate;
  return undefined;
}

/** Throws a `RangeError` for anything but an IPv4 range in CIDR form with 2 to 24 host bits. */
export function parseIpv4Cidr(cidr: string): Ipv4Range {
  const [address, bits] = cidr.split('/');
  const number = parseIpv4(address ?? '');
  const prefix = Number(bits);
  if (number === undefined || !Number.isInteger(prefix) || prefix < 8 || prefix > 30) {
    throw new RangeError(`${cidr} is no IPv4 range such as 10.96.0.0/16`);
  }
  const size = 2 ** (32 - prefix);
  return { base: number - (number % size), size };
}

function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let number = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    number = number * 256 + Number(part);
  }
  return number;
}

function formatIpv4(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
