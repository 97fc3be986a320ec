import { parseTime } from '../../../lib/clock.ts';
import type { JsonObject } from '../../../lib/json.ts';
import type { StoredObject } from '../../../objects/types.ts';
import { AGE } from './age-column.ts';
import { type Column, fieldsOf, itemsOf, joined, NAME, NONE, numberOf, text, textOf, UNKNOWN } from './column.ts';
import { formatAge, formatDuration } from './duration.ts';

function keyCount(object: StoredObject): number {
  return Object.keys(fieldsOf(object, 'data')).length + Object.keys(fieldsOf(object, 'binaryData')).length;
}

const DATA: Column = { name: 'Data', type: 'integer', cell: keyCount };

/** The kinds of the cluster itself, its configuration and its network. */
export const CLUSTER_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  'v1/Namespace': [NAME, text('Status', (object) => textOf(fieldsOf(object, 'status')['phase'])), AGE],
  'v1/ConfigMap': [NAME, DATA, AGE],
  'v1/Secret': [NAME, text('Type', (object) => textOf(object['type'])), DATA, AGE],
  'v1/ServiceAccount': [
    NAME,
    { name: 'Secrets', type: 'integer', cell: (object) => itemsOf(object, 'secrets').length },
    AGE,
  ],
  'v1/Service': [
    NAME,
    text('Type', (object) => textOf(fieldsOf(object, 'spec')['type'])),
    text('Cluster-IP', (object) => textOf(fieldsOf(object, 'spec')['clusterIP']) || NONE),
    text('External-IP', externalIps),
    text('Port(s)', servicePorts),
    AGE,
    text('Selector', (object) => pairs(fieldsOf(fieldsOf(object, 'spec'), 'selector')), true),
  ],
  'v1/Node': [
    NAME,
    text('Status', nodeStatus),
    text('Roles', nodeRoles),
    AGE,
    text('Version', (object) => nodeInfo(object, 'kubeletVersion')),
    text('Internal-IP', (object) => nodeAddress(object, 'InternalIP'), true),
    text('External-IP', (object) => nodeAddress(object, 'ExternalIP'), true),
    text('OS-Image', (object) => nodeInfo(object, 'osImage') || UNKNOWN, true),
    text('Kernel-Version', (object) => nodeInfo(object, 'kernelVersion') || UNKNOWN, true),
    text('Container-Runtime', (object) => nodeInfo(object, 'containerRuntimeVersion') || UNKNOWN, true),
  ],
  'v1/Event': [
    text('Last Seen', (object, nowMs) => lastSeen(object, nowMs)),
    text('Type', (object) => textOf(object['type'])),
    text('Reason', (object) => textOf(object['reason'])),
    text('Object', eventObject),
    text('Subobject', (object) => textOf(fieldsOf(object, 'involvedObject')['fieldPath']), true),
    text('Source', eventSource, true),
    text('Message', (object) => textOf(object['message']).trim()),
    text('First Seen', (object, nowMs) => formatAge(object['firstTimestamp'] ?? object['eventTime'], nowMs), true),
    { name: 'Count', type: 'integer', wide: true, cell: (object) => numberOf(object['count']) || 1 },
    { ...NAME, wide: true },
  ],
  'v1/Endpoints': [NAME, text('Endpoints', (object) => limited(socketsOf(object), NONE)), AGE],
  'discovery.k8s.io/v1/EndpointSlice': [
    NAME,
    text('AddressType', (object) => textOf(object['addressType'])),
    text('Ports', (object) => limited(itemsOf(object, 'ports').map(({ port }) => textOf(port)))),
    text('Endpoints', (object) => limited(endpointAddresses(object))),
    AGE,
  ],
  'networking.k8s.io/v1/Ingress': [
    NAME,
    text('Class', (object) => textOf(fieldsOf(object, 'spec')['ingressClassName']) || NONE),
    text('Hosts', (object) =>
      limited(
        itemsOf(fieldsOf(object, 'spec'), 'rules').map(({ host }) => textOf(host) || '*'),
        '*',
      ),
    ),
    text('Address', () => ''),
    text('Ports', (object) => (itemsOf(fieldsOf(object, 'spec'), 'tls').length > 0 ? '80, 443' : '80')),
    AGE,
  ],
};

function pairs(selector: JsonObject): string {
  return joined(Object.entries(selector).map(([key, value]) => `${key}=${textOf(value)}`));
}

/** The first three, and how many more there are. */
function limited(values: readonly string[], ifEmpty = '<unset>'): string {
  const shown = joined(values.slice(0, 3), ifEmpty);
  return values.length > 3 ? `${shown} + ${values.length - 3} more...` : shown;
}

function externalIps(service: StoredObject): string {
  const spec = fieldsOf(service, 'spec');
  if (spec['type'] === 'ExternalName') return textOf(spec['externalName']);
  const external = Array.isArray(spec['externalIPs']) ? spec['externalIPs'].map(textOf) : [];
  if (spec['type'] !== 'LoadBalancer') return joined(external);
  const ingress = itemsOf(fieldsOf(fieldsOf(service, 'status'), 'loadBalancer'), 'ingress');
  return joined([...ingress.map(({ ip, hostname }) => textOf(ip) || textOf(hostname)), ...external], '<pending>');
}

/** `80/TCP`, with a node port `80:30080/TCP`. */
function servicePorts(service: StoredObject): string {
  const ports = itemsOf(fieldsOf(service, 'spec'), 'ports');
  return joined(
    ports.map(({ port, nodePort, protocol }) => {
      const node = nodePort === undefined ? '' : `:${textOf(nodePort)}`;
      return `${textOf(port)}${node}/${textOf(protocol) || 'TCP'}`;
    }),
  );
}

function nodeStatus(node: StoredObject): string {
  const ready = itemsOf(fieldsOf(node, 'status'), 'conditions').find(({ type }) => type === 'Ready');
  const words = [ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady'];
  if (fieldsOf(node, 'spec')['unschedulable'] === true) words.push('SchedulingDisabled');
  return words.join(',');
}

const ROLE_PREFIX = 'node-role.kubernetes.io/';

function nodeRoles(node: StoredObject): string {
  const labels = Object.keys(node.metadata.labels ?? {});
  return joined(
    labels
      .filter((label) => label.startsWith(ROLE_PREFIX))
      .map((label) => label.slice(ROLE_PREFIX.length))
      .sort(),
  );
}

function nodeInfo(node: StoredObject, field: string): string {
  return textOf(fieldsOf(fieldsOf(node, 'status'), 'nodeInfo')[field]);
}

function nodeAddress(node: StoredObject, type: string): string {
  const address = itemsOf(fieldsOf(node, 'status'), 'addresses').find((candidate) => candidate['type'] === type);
  return address === undefined ? NONE : textOf(address['address']);
}

/** `deployment/web`. */
function eventObject(event: StoredObject): string {
  const { kind, name } = fieldsOf(event, 'involvedObject');
  return textOf(name) === '' ? textOf(kind).toLowerCase() : `${textOf(kind).toLowerCase()}/${textOf(name)}`;
}

function eventSource(event: StoredObject): string {
  const { component, host } = fieldsOf(event, 'source');
  return [component ?? event['reportingComponent'], host]
    .map(textOf)
    .filter((part) => part !== '')
    .join(', ');
}

/** `5s`, and for one that repeats `5s (x12 over 2m)`. */
function lastSeen(event: StoredObject, nowMs: number): string {
  const last = event['lastTimestamp'] ?? event['eventTime'] ?? event.metadata.creationTimestamp;
  const count = numberOf(event['count']);
  const firstMs = parseTime(textOf(event['firstTimestamp']) || undefined);
  const age = formatAge(last, nowMs);
  return count > 1 && firstMs !== undefined ? `${age} (x${count} over ${formatDuration(nowMs - firstMs)})` : age;
}

function endpointAddresses(slice: StoredObject): string[] {
  return itemsOf(slice, 'endpoints').flatMap(({ addresses }) =>
    Array.isArray(addresses) ? addresses.map(textOf) : [],
  );
}

/** Each ready address with each of its ports, `10.9.0.1:80` (printers, formatEndpoints). */
function socketsOf(endpoints: StoredObject): string[] {
  return itemsOf(endpoints, 'subsets').flatMap((subset) => {
    const ports = itemsOf(subset, 'ports').map(({ port }) => textOf(port));
    const addresses = itemsOf(subset, 'addresses').map(({ ip }) => textOf(ip));
    if (ports.length === 0) return addresses;
    return ports.flatMap((port) => addresses.map((ip) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)));
  });
}
