import { parseTime } from '../../lib/clock.ts';
import { formatTable } from '../../lib/format-table.ts';
import type { JsonObject } from '../../lib/json.ts';
import { type LabelSelector, tryFormatLabelSelector } from '../../objects/label-selector.ts';
import type { StoredObject } from '../../objects/types.ts';
import { formatAge } from '../output/format-age.ts';
import { describePodSpec } from './describe-pod-spec.ts';
import { describeClaim, describeStorageClass, describeVolume } from './describe-storage.ts';
import { fieldsAt, itemsAt, outlineOf, pairsOf, textAt, textsAt, titleOf } from './fields.ts';
import { formatNodePods } from './format-node-pods.ts';
import { formatOutline, type OutlineEntry, type OutlineValue } from './outline.ts';

/**
 * An object in full as `kubectl describe` shows it: metadata, what matters of its kind, conditions, the pods of a node,
 * and its events at the end. Values of Secrets are never shown.
 */
export function describeObject(
  object: StoredObject,
  events: readonly StoredObject[],
  nowMs: number,
  nodePods: readonly StoredObject[] = [],
): string {
  const describe = DESCRIBERS[object.kind] ?? describeOther;
  const parts = [
    formatOutline([...describeMetadata(object), ...describe(object)]),
    formatConditions(itemsAt(object, 'status', 'conditions')),
    ...(object.kind === 'Node' ? [formatNodePods(object, nodePods, nowMs)] : []),
    formatEvents(events, nowMs),
  ];
  return parts.join('');
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function describeMetadata({ kind, metadata }: StoredObject): readonly OutlineEntry[] {
  // It repeats the whole object, values of a Secret included.
  const { [LAST_APPLIED]: _lastApplied, ...annotations } = fieldsAt(metadata, 'annotations');
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  return [
    ['Name', metadata.name],
    ['Namespace', metadata.namespace],
    ['Kind', kind],
    ['Labels', pairsOf(fieldsAt(metadata, 'labels'))],
    ['Annotations', pairsOf(annotations, ': ')],
    ['Created', metadata.creationTimestamp],
    ['Deleted', metadata.deletionTimestamp],
    ['Controlled By', owner === undefined ? undefined : `${owner.kind}/${owner.name}`],
  ];
}

type Describer = (object: StoredObject) => readonly OutlineEntry[];

const DESCRIBERS: Readonly<Record<string, Describer>> = {
  Pod: describePod,
  Deployment: describeWorkload,
  ReplicaSet: describeWorkload,
  ReplicationController: describeWorkload,
  StatefulSet: describeStatefulSet,
  DaemonSet: describeWorkload,
  Service: describeService,
  ConfigMap: describeConfigMap,
  Secret: describeSecret,
  Node: describeNode,
  PersistentVolumeClaim: describeClaim,
  PersistentVolume: describeVolume,
  StorageClass: describeStorageClass,
};

function describePod(pod: StoredObject): readonly OutlineEntry[] {
  const status = fieldsAt(pod, 'status');
  const spec = fieldsAt(pod, 'spec');
  return [
    ['Node', textAt(spec, 'nodeName') ?? '<none>'],
    ['Start Time', textAt(status, 'startTime')],
    ['Status', textAt(status, 'phase')],
    ['Reason', textAt(status, 'reason')],
    ['Message', textAt(status, 'message')],
    ['IP', textAt(status, 'podIP')],
    ['QoS Class', textAt(status, 'qosClass')],
    ['Restart Policy', textAt(spec, 'restartPolicy')],
    ...describePodSpec(spec, status),
  ];
}

function describeWorkload(workload: StoredObject): readonly OutlineEntry[] {
  const spec = fieldsAt(workload, 'spec');
  const strategy = fieldsAt(spec, spec['strategy'] === undefined ? 'updateStrategy' : 'strategy');
  const rolling = fieldsAt(strategy, 'rollingUpdate');
  return [
    ['Selector', selectorOf(workload)],
    ...countsOf(workload),
    ['Strategy', textAt(strategy, 'type')],
    ['Rolling Update', Object.keys(rolling).length === 0 ? undefined : pairsOf(rolling).join(', ')],
    ['Min Ready Seconds', textAt(spec, 'minReadySeconds')],
    ['Pod Template', describePodSpec(fieldsAt(spec, 'template', 'spec'))],
  ];
}

/** That of a ReplicationController is a mere map of labels. */
function selectorOf(workload: StoredObject): string {
  const selector = fieldsAt(workload, 'spec', 'selector');
  if (workload.kind === 'ReplicationController') return pairsOf(selector).join(',');
  return tryFormatLabelSelector(selector as LabelSelector) ?? '<error>';
}

/** What the status of each kind counts: a DaemonSet counts nodes, and only what rolls out has updated pods. */
function countsOf(workload: StoredObject): readonly OutlineEntry[] {
  const status = (field: string) => textAt(workload, 'status', field) ?? '0';
  const desired = textAt(workload, 'spec', 'replicas') ?? '0';
  if (workload.kind === 'DaemonSet')
    return [
      ['Desired Number of Nodes Scheduled', status('desiredNumberScheduled')],
      ['Current Number of Nodes Scheduled', status('currentNumberScheduled')],
      ['Number of Nodes Scheduled with Up-to-date Pods', status('updatedNumberScheduled')],
      ['Number of Nodes Scheduled with Available Pods', status('numberAvailable')],
      ['Number of Nodes Misscheduled', status('numberMisscheduled')],
    ];
  if (workload.kind === 'ReplicaSet' || workload.kind === 'ReplicationController')
    return [['Replicas', `${status('replicas')} current / ${desired} desired`]];
  const counts = [
    `${desired} desired`,
    `${status('updatedReplicas')} updated`,
    `${status('replicas')} total`,
    `${status('availableReplicas')} available`,
    ...(workload.kind === 'Deployment' ? [`${status('unavailableReplicas')} unavailable`] : []),
  ];
  return [['Replicas', counts.join(' | ')]];
}

function describeStatefulSet(set: StoredObject): readonly OutlineEntry[] {
  const spec = fieldsAt(set, 'spec');
  const claims = itemsAt(spec, 'volumeClaimTemplates').map((claim): OutlineEntry => {
    const wanted = fieldsAt(claim, 'spec');
    return [
      textAt(claim, 'metadata', 'name') ?? '',
      [
        ['Storage Class', textAt(wanted, 'storageClassName')],
        ['Capacity', textAt(wanted, 'resources', 'requests', 'storage')],
        ['Access Modes', textsAt(wanted, 'accessModes')],
      ],
    ];
  });
  const retention = fieldsAt(spec, 'persistentVolumeClaimRetentionPolicy');
  return [
    ...describeWorkload(set),
    ['Service Name', textAt(spec, 'serviceName')],
    ['Pod Management Policy', textAt(spec, 'podManagementPolicy')],
    ['First Ordinal', textAt(spec, 'ordinals', 'start')],
    ['Volume Claims', claims.length === 0 ? '<none>' : claims],
    ['Claim Retention', Object.keys(retention).length === 0 ? undefined : pairsOf(retention).join(', ')],
  ];
}

function describeService(service: StoredObject): readonly OutlineEntry[] {
  const spec = fieldsAt(service, 'spec');
  const ports = itemsAt(spec, 'ports').map((port) => {
    const node = textAt(port, 'nodePort');
    const name = textAt(port, 'name');
    return `${name === undefined ? '' : `${name}: `}${textAt(port, 'port')}/${textAt(port, 'protocol') ?? 'TCP'} → ${textAt(port, 'targetPort')}${node === undefined ? '' : `, on the node ${node}`}`;
  });
  return [
    ['Type', textAt(spec, 'type')],
    ['Selector', pairsOf(fieldsAt(spec, 'selector'))],
    ['IP', textAt(spec, 'clusterIP')],
    ['Ports', ports],
    ['Session Affinity', textAt(spec, 'sessionAffinity')],
  ];
}

function describeConfigMap(configMap: StoredObject): readonly OutlineEntry[] {
  const entries = Object.entries(fieldsAt(configMap, 'data')).map(
    ([key, value]): OutlineEntry => [key, String(value).trimEnd()],
  );
  const binary = Object.entries(fieldsAt(configMap, 'binaryData')).map(
    ([key, value]): OutlineEntry => [key, sizeOf(value)],
  );
  return [
    ['Data', entries.length === 0 ? '<none>' : entries],
    ['Binary Data', binary.length === 0 ? undefined : binary],
  ];
}

/** "Secrets never print values": the names of the keys and their sizes. */
function describeSecret(secret: StoredObject): readonly OutlineEntry[] {
  const entries = Object.entries(fieldsAt(secret, 'data')).map(([key, value]): OutlineEntry => [key, sizeOf(value)]);
  return [
    ['Type', textAt(secret, 'type')],
    ['Data', entries.length === 0 ? '<none>' : entries],
  ];
}

/** Of a base64 text. */
function sizeOf(value: unknown): string {
  return `${Buffer.from(String(value), 'base64').length} bytes`;
}

function describeNode(node: StoredObject): readonly OutlineEntry[] {
  const status = fieldsAt(node, 'status');
  const taints = itemsAt(node, 'spec', 'taints').map(
    (taint) => `${textAt(taint, 'key')}=${textAt(taint, 'value') ?? ''}:${textAt(taint, 'effect')}`,
  );
  return [
    ['Unschedulable', String(fieldsAt(node, 'spec')['unschedulable'] === true)],
    ['Taints', taints],
    [
      'Addresses',
      itemsAt(status, 'addresses').map((address) => `${textAt(address, 'type')}: ${textAt(address, 'address')}`),
    ],
    ['Capacity', pairsOf(fieldsAt(status, 'capacity'), ': ')],
    ['Allocatable', pairsOf(fieldsAt(status, 'allocatable'), ': ')],
    ['System Info', outlineOf(fieldsAt(status, 'nodeInfo'))],
  ];
}

/** Any other kind: its fields, level by level. */
function describeOther(object: StoredObject): readonly OutlineEntry[] {
  const known = new Set(['apiVersion', 'kind', 'metadata', 'status']);
  const fields = Object.entries(object).filter(([key]) => !known.has(key));
  const { conditions: _conditions, ...status } = fieldsAt(object, 'status');
  return [
    ...fields.map(([key, value]): OutlineEntry => [titleOf(key), outlineOf(value)]),
    ['Status', Object.keys(status).length === 0 ? undefined : (outlineOf(status) as OutlineValue)],
  ];
}

function formatConditions(conditions: readonly JsonObject[]): string {
  if (conditions.length === 0) return '';
  const rows = conditions.map((condition) =>
    ['type', 'status', 'reason', 'message'].map((field) => (textAt(condition, field) ?? '').replace(/\s+/g, ' ')),
  );
  return `Conditions:\n${indent(formatTable([['TYPE', 'STATUS', 'REASON', 'MESSAGE'], ...rows]))}`;
}

/** Oldest first, as they happened. */
function formatEvents(events: readonly StoredObject[], nowMs: number): string {
  if (events.length === 0) return 'Events:  <none>\n';
  const timeOf = (event: StoredObject) =>
    parseTime(['lastTimestamp', 'eventTime'].map((field) => textAt(event, field)).find((time) => time !== undefined)) ??
    parseTime(event.metadata.creationTimestamp) ??
    0;
  const rows = [...events]
    .sort((a, b) => timeOf(a) - timeOf(b))
    .map((event) => {
      const count = Number(textAt(event, 'count') ?? 1);
      const age = `${formatAge(nowMs - timeOf(event))}${count > 1 ? ` (x${count})` : ''}`;
      const source = textAt(event, 'source', 'component') ?? textAt(event, 'reportingComponent') ?? '';
      return [
        textAt(event, 'type') ?? '',
        textAt(event, 'reason') ?? '',
        age,
        source,
        (textAt(event, 'message') ?? '').replace(/\s*\n\s*/g, ' '),
      ];
    });
  return `Events:\n${indent(formatTable([['TYPE', 'REASON', 'AGE', 'FROM', 'MESSAGE'], ...rows]))}`;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
