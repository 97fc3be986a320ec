import { ipv4Problems, ipv6Problems, specialAddressProblems } from '../../../objects/ip-address.ts';
import {
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  labelValueProblems,
  portNumberProblems,
  qualifiedNameProblems,
} from '../../../objects/names.ts';
import { type Cursor, checkText, checkUnique } from '../cursor.ts';
import { checkLabels } from './metadata-rules.ts';

const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 100;
const MAX_TOPOLOGY_LABELS = 16;
const MAX_HINTS = 8;

/**
 * An EndpointSlice (discovery validation, ValidateEndpointSlice): whoever can write one says where traffic and
 * questions go.
 */
export function checkEndpointSlice(slice: Cursor): void {
  const endpoints = slice.get('endpoints');
  if (checkCount(endpoints, MAX_ENDPOINTS)) {
    for (const endpoint of endpoints.items) checkEndpoint(endpoint, slice.get('addressType').text);
  }
  const ports = slice.get('ports');
  if (checkCount(ports, MAX_PORTS)) checkPorts(ports.items);
}

function checkEndpoint(endpoint: Cursor, addressType: string | undefined): void {
  const addresses = endpoint.get('addresses');
  if (Array.isArray(addresses.value) && addresses.items.length === 0) {
    addresses.required('must contain at least 1 address');
  }
  checkCount(addresses, MAX_ADDRESSES);
  for (const address of addresses.items) checkText(address, (value) => addressProblems(value, addressType));
  checkText(endpoint.get('hostname'), dns1123LabelProblems);
  checkText(endpoint.get('nodeName'), dns1123SubdomainProblems);
  const topology = endpoint.get('deprecatedTopology');
  checkCount(topology, MAX_TOPOLOGY_LABELS, topology.entries.length);
  checkLabels(topology);
  checkHints(endpoint.get('hints').get('forZones'), labelValueProblems);
  checkHints(endpoint.get('hints').get('forNodes'), dns1123SubdomainProblems);
}

/** "May contain a maximum of 8 entries" (discovery.k8s.io/v1, EndpointHints), each name once. */
function checkHints(hints: Cursor, problemsOf: (name: string) => readonly string[]): void {
  if (!checkCount(hints, MAX_HINTS)) return;
  checkUnique(hints.items, (hint) => hint.get('name'));
  for (const hint of hints.items) checkText(hint.get('name'), problemsOf);
}

function addressProblems(address: string, addressType: string | undefined): readonly string[] {
  switch (addressType) {
    case 'IPv4':
      return [...ipv4Problems(address), ...specialAddressProblems(address)];
    case 'IPv6':
      return [...ipv6Problems(address), ...specialAddressProblems(address)];
    case 'FQDN':
      return domainNameProblems(address);
    default:
      return [];
  }
}

/** "Requires a minimum of 2 segments and accepts a trailing . as valid" (IsFullyQualifiedDomainName). */
function domainNameProblems(name: string): readonly string[] {
  const bare = name.replace(/\.$/, '');
  const problems = dns1123SubdomainProblems(bare);
  if (problems.length > 0) return problems;
  const labels = bare.split('.');
  if (labels.length < 2) return ['should be a domain with at least two segments separated by dots'];
  return labels.flatMap((label) => dns1123LabelProblems(label));
}

/** "The name must be unique": also that of two ports without one. */
function checkPorts(ports: readonly Cursor[]): void {
  const names = new Set<string>();
  for (const port of ports) {
    const name = port.get('name');
    checkText(name, (value) => (value === '' ? [] : dns1123LabelProblems(value)));
    const key = name.text ?? '';
    if (names.has(key)) name.duplicate(key);
    names.add(key);
    checkText(port.get('appProtocol'), qualifiedNameProblems);
  }
}

function checkCount(list: Cursor, max: number, count = list.items.length): boolean {
  if (count > max) list.report('FieldValueTooMany', `Too many: ${count}: must have at most ${max} items`);
  return count <= max;
}

/** Endpoints (core validation, ValidateEndpoints), which are copied into slices. */
export function checkEndpoints(endpoints: Cursor): void {
  for (const subset of endpoints.get('subsets').items) checkSubset(subset);
}

function checkSubset(subset: Cursor): void {
  const addresses = [...subset.get('addresses').items, ...subset.get('notReadyAddresses').items];
  if (addresses.length === 0) subset.required('must specify `addresses` or `notReadyAddresses`');
  for (const address of addresses) {
    checkText(address.get('ip'), (ip) => addressProblems(ip, ip.includes(':') ? 'IPv6' : 'IPv4'));
    checkText(address.get('hostname'), (value) => (value === '' ? [] : dns1123LabelProblems(value)));
    checkText(address.get('nodeName'), dns1123SubdomainProblems);
  }
  const ports = subset.get('ports').items;
  checkPorts(ports);
  for (const port of ports) {
    const name = port.get('name');
    if (ports.length > 1 && (name.text ?? '') === '') name.required();
    const number = port.get('port');
    for (const message of portNumberProblems(number.number ?? 1)) number.invalid(message);
  }
}
