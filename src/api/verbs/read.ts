import { type FieldRequirement, parseFieldRequirements, parseFieldSelector } from '../../objects/field-selector.ts';
import type { KindInfo } from '../../objects/kinds.ts';
import { storagePrefixOf } from '../../objects/kinds.ts';
import {
  type LabelRequirement,
  matcherOf,
  parseLabelRequirements,
  SelectorError,
} from '../../objects/label-selector.ts';
import type { StoredObject } from '../../objects/types.ts';
import type { Entry, Reader } from '../../store/store.ts';
import type { ListOptions } from '../client.ts';
import { asStored } from '../context.ts';
import { badRequest } from '../failures.ts';
import { isLabelIndexed, LABEL_INDEX, labelIndexKey, NODE_INDEX, OWNER_INDEX } from '../indexes.ts';
import { keyOf } from '../kind-lookup.ts';

/** A list request that was read: where to look, and what to keep of what is found there. */
export interface Selection {
  readonly prefix: string;
  readonly labels: readonly LabelRequirement[];
  readonly fields: readonly FieldRequirement[];
  readonly ownerUid: string | undefined;
  readonly namespace: string | undefined;
  readonly matches: (object: StoredObject) => boolean;
}

/** Reads the selectors; `BadRequest` in Kubernetes' words for one that cannot be read. */
export function selectionOf(kind: KindInfo, options: ListOptions): Selection {
  const namespace = kind.namespaced && options.namespace ? options.namespace : undefined;
  const prefix = storagePrefixOf(kind, kind.namespaced ? namespace : '');
  const { ownerUid } = options;
  if (!options.labelSelector && !options.fieldSelector && ownerUid === undefined) {
    return { prefix, labels: [], fields: [], ownerUid, namespace, matches: () => true };
  }
  try {
    const labels = parseLabelRequirements(options.labelSelector ?? '');
    const matchesLabels = matcherOf(labels);
    const fields = parseFieldRequirements(options.fieldSelector ?? '');
    const matchesFields = options.fieldSelector ? parseFieldSelector(options.fieldSelector, kind) : () => true;
    const matches = (object: StoredObject) =>
      isOwnedByUid(object, ownerUid) && matchesLabels(object.metadata.labels) && matchesFields(object);
    return { prefix, labels, fields, ownerUid, namespace, matches };
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

function isOwnedByUid(object: StoredObject, uid: string | undefined): boolean {
  return uid === undefined || (object.metadata.ownerReferences?.some((reference) => reference.uid === uid) ?? false);
}

/** The entries of a selection, sorted by key, found through the narrowest index that applies. */
export function selectEntries(reader: Reader, kind: KindInfo, selection: Selection): readonly Entry[] {
  const candidates = candidatesOf(reader, kind, selection);
  const { prefix, labels, fields, ownerUid } = selection;
  if (labels.length === 0 && fields.length === 0 && ownerUid === undefined) return candidates;
  return candidates.filter((entry) => entry.key.startsWith(prefix) && selection.matches(asStored(entry.value)));
}

function candidatesOf(reader: Reader, kind: KindInfo, selection: Selection): readonly Entry[] {
  const { prefix, fields, ownerUid, namespace } = selection;
  if (ownerUid !== undefined) return reader.byIndex(OWNER_INDEX, ownerUid);
  const name = exactField(fields, 'metadata.name');
  if (name !== undefined && (namespace !== undefined || !kind.namespaced)) {
    const entry = reader.get(keyOf(kind, { namespace, name }));
    return entry === undefined ? [] : [entry];
  }
  const nodeName = kind.kind === 'Pod' ? exactField(fields, 'spec.nodeName') : undefined;
  if (nodeName) return reader.byIndex(NODE_INDEX, nodeName);
  const label = namespace === undefined ? undefined : indexedLabel(kind, selection);
  return label === undefined ? reader.list(prefix) : reader.byIndex(LABEL_INDEX, label);
}

function exactField(fields: readonly FieldRequirement[], field: string): string | undefined {
  return fields.find((requirement) => requirement.field === field && requirement.operator === '=')?.value;
}

/** Selectors put the label that says most last: `app=web,pod-template-hash=5d4f…`. */
function indexedLabel(kind: KindInfo, selection: Selection): string | undefined {
  if (!isLabelIndexed(storagePrefixOf(kind))) return undefined;
  const exact = selection.labels.findLast(({ operator, values }) => operator === 'in' && values.length === 1);
  return exact === undefined ? undefined : labelIndexKey(selection.prefix, exact.key, exact.values[0] ?? '');
}
