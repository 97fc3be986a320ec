import type { Client } from '../../api/client.ts';
import { controllerOf, formatLabelSelector, type LabelSelector, matcherOfSelector } from '../../objects/index.ts';
import type { KindTypes, KnownKind, StoredMeta } from '../../objects/types.ts';
import { keyOf } from '../manager/object-key.ts';

interface Selecting {
  readonly metadata: StoredMeta;
  readonly spec?: { readonly selector?: LabelSelector } | undefined;
}

/** Kinds that own what their selector matches. */
type SelectingKind = 'DaemonSet' | 'Deployment' | 'Job' | 'ReplicaSet' | 'ReplicationController' | 'StatefulSet';

/**
 * Everything that `claimObjects` has to look at: what the owner has and what its selector matches. Both come from
 * indexes.
 */
export function listCandidates<K extends KnownKind>(
  client: Client,
  kind: K,
  owner: Selecting,
): readonly KindTypes[K][] {
  const namespace = owner.metadata.namespace ?? '';
  const owned = client.list(kind, { namespace, ownerUid: owner.metadata.uid });
  const selector = owner.spec?.selector;
  if (selector === undefined) return owned;
  const seen = new Set(owned.map((object) => object.metadata.name));
  const matching = client.list(kind, { namespace, labelSelector: formatLabelSelector(selector) });
  return [...owned, ...matching.filter((object) => !seen.has(object.metadata.name))];
}

/**
 * The keys of the controllers of one kind that a change of an object concerns: the one that controls it, the one that
 * did, and, when nobody does, all whose selector would take it.
 */
export function ownerKeysOf<K extends SelectingKind>(
  client: Client,
  ownerKind: K,
  object: { readonly metadata: StoredMeta },
  previous: { readonly metadata: StoredMeta } | undefined,
): readonly string[] {
  const namespace = object.metadata.namespace ?? '';
  const keys = new Set<string>();
  for (const version of [object, previous]) {
    const controller = version === undefined ? undefined : controllerOf(version);
    if (controller?.kind === ownerKind) keys.add(`${namespace}/${controller.name}`);
  }
  if (controllerOf(object) !== undefined || object.metadata.deletionTimestamp !== undefined) return [...keys];
  for (const owner of client.list<SelectingKind>(ownerKind, { namespace })) {
    if (matcherOfSelector(selectorOf(owner))(object.metadata.labels)) keys.add(keyOf(owner));
  }
  return [...keys];
}

/** The selector of a ReplicationController is a plain map of labels. */
function selectorOf(owner: KindTypes[SelectingKind]): LabelSelector | undefined {
  if (owner.kind !== 'ReplicationController') return owner.spec?.selector;
  return { matchLabels: owner.spec?.selector ?? {} };
}
