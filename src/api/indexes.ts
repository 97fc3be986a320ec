import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts';
import { findKind, storagePrefixOf } from '../objects/kinds.ts';
import type { IndexDefinition } from '../store/store.ts';

export const OWNER_INDEX = 'owner-uid';
export const NODE_INDEX = 'pod-node';
export const LABEL_INDEX = 'label';
export const CLUSTER_IP_INDEX = 'service-cluster-ip';
export const NODE_PORT_INDEX = 'service-node-port';

function prefixOf(apiVersion: string, kind: string): string {
  const info = findKind(apiVersion, kind);
  if (info === undefined) throw new TypeError(`kind ${kind} is missing from the table`);
  return storagePrefixOf(info);
}

const PODS = prefixOf('v1', 'Pod');
const SERVICES = prefixOf('v1', 'Service');
const EVENTS = prefixOf('v1', 'Event');
/** The kinds that controllers select by label all the time. Others are filtered when listed. */
const LABELLED = [PODS, prefixOf('apps/v1', 'ReplicaSet'), prefixOf('discovery.k8s.io/v1', 'EndpointSlice')];

const NONE: readonly string[] = [];

/** The indexes that the registry reads: whoever opens the store for it declares them there. */
export const REGISTRY_INDEXES: readonly IndexDefinition[] = [
  { name: OWNER_INDEX, keysOf: ownerUids },
  { name: NODE_INDEX, keysOf: nodeNames },
  { name: LABEL_INDEX, keysOf: labels },
  { name: CLUSTER_IP_INDEX, keysOf: clusterIps },
  { name: NODE_PORT_INDEX, keysOf: nodePorts },
];

/** The storage prefix of objects whose labels are indexed, with namespace; `undefined` when this kind's are not. */
export function isLabelIndexed(prefix: string): boolean {
  return LABELLED.includes(prefix);
}

/**
 * Under which key the label index has the objects below `namespacePrefix` (a storage prefix with namespace) with this
 * label.
 */
export function labelIndexKey(namespacePrefix: string, label: string, value: string): string {
  return `${namespacePrefix}\n${label}=${value}`;
}

function ownerUids(key: string, value: JsonObject): readonly string[] {
  if (key.startsWith(EVENTS)) return NONE;
  const references = objectAt(value, 'metadata')?.['ownerReferences'];
  if (!Array.isArray(references)) return NONE;
  return references.map((reference: JsonValue) => (isJsonObject(reference) ? String(reference['uid']) : ''));
}

function nodeNames(key: string, value: JsonObject): readonly string[] {
  if (!key.startsWith(PODS)) return NONE;
  const name = objectAt(value, 'spec')?.['nodeName'];
  return typeof name === 'string' && name !== '' ? [name] : NONE;
}

function labels(key: string, value: JsonObject): readonly string[] {
  const prefix = LABELLED.find((candidate) => key.startsWith(candidate));
  if (prefix === undefined) return NONE;
  const given = objectAt(value, 'metadata')?.['labels'];
  if (!isJsonObject(given)) return NONE;
  const namespacePrefix = key.slice(0, key.lastIndexOf('/') + 1);
  return Object.entries(given).map(([label, text]) => labelIndexKey(namespacePrefix, label, String(text)));
}

function clusterIps(key: string, value: JsonObject): readonly string[] {
  if (!key.startsWith(SERVICES)) return NONE;
  const address = objectAt(value, 'spec')?.['clusterIP'];
  return typeof address === 'string' && address !== '' && address !== 'None' ? [address] : NONE;
}

function nodePorts(key: string, value: JsonObject): readonly string[] {
  if (!key.startsWith(SERVICES)) return NONE;
  const ports = objectAt(value, 'spec')?.['ports'];
  if (!Array.isArray(ports)) return NONE;
  return ports.flatMap((port: JsonValue) =>
    isJsonObject(port) && typeof port['nodePort'] === 'number'
      ? [`${port['nodePort']}/${String(port['protocol'] ?? 'TCP')}`]
      : [],
  );
}

function objectAt(value: JsonObject, field: string): JsonObject | undefined {
  const child = value[field];
  return isJsonObject(child) ? child : undefined;
}
