import { parseIpv4Cidr } from '../../api/strategies/service-allocation.ts';
import { messageOf } from '../../lib/errors.ts';
import { isJsonObject } from '../../lib/json.ts';
import { CONFIGURATION_DEFAULTS, type Configuration } from './configuration.ts';

const FIELDS = ['podCidr', 'serviceCidr', 'clusterDomain'] as const;

/** Reads the field `network`, with everything that is wrong with it. What is wrong is as by default. */
export function readNetwork(value: unknown): {
  readonly network: Configuration['network'];
  readonly problems: readonly string[];
} {
  const { serviceCidr, clusterDomain } = CONFIGURATION_DEFAULTS;
  const usual = { serviceCidr, clusterDomain };
  if (value === undefined || value === null) return { network: usual, problems: [] };
  if (!isJsonObject(value)) return { network: usual, problems: [`must hold the fields ${FIELDS.join(', ')}`] };
  const problems = Object.keys(value)
    .filter((field) => !(FIELDS as readonly string[]).includes(field))
    .map((field) => `unknown field ${field}; known are ${FIELDS.join(', ')}`);
  const texts: { [K in (typeof FIELDS)[number]]?: string } = {};
  for (const field of FIELDS) {
    const text = value[field];
    const problem = text === undefined ? undefined : problemOf(field, text);
    if (problem !== undefined) problems.push(`${field}: ${problem}`);
    else if (typeof text === 'string') texts[field] = text;
  }
  const network = { ...usual, ...texts };
  if (network.podCidr !== undefined && overlaps(network.podCidr, network.serviceCidr)) {
    problems.push(`podCidr ${network.podCidr} overlaps serviceCidr ${network.serviceCidr}`);
  }
  return { network, problems };
}

function problemOf(field: (typeof FIELDS)[number], text: unknown): string | undefined {
  if (typeof text !== 'string') return 'must be a text';
  if (field === 'clusterDomain') {
    const isDomain = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(text);
    return isDomain ? undefined : `"${text}" is no domain such as cluster.local`;
  }
  try {
    parseIpv4Cidr(text);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function overlaps(a: string, b: string): boolean {
  const [one, other] = [parseIpv4Cidr(a), parseIpv4Cidr(b)];
  return one.base < other.base + other.size && other.base < one.base + one.size;
}
