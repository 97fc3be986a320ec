import {
  formatFieldPath,
  formatObject,
  isFinishedJob,
  type ObjectReference,
  referencesOf,
  storageKeyOf,
  targetOf,
} from '../../../objects/index.ts';
import type { KubernetesObject } from '../../../objects/types.ts';
import { KINDS_WITH_PODS } from '../../pod-specs.ts';
import type { Finding } from '../finding.ts';
import type { PlannedObject } from '../planned-object.ts';
import { findingOn, isDeletedByChange, isNamespaceDeleted, ofKind, type Rule, type RuleSnapshot } from '../rule.ts';

/** A name that an object refers to and that neither the change nor the box has, or that the change takes away. */
export const danglingReferences: Rule = (snapshot) => [
  ...[...snapshot.objects.values()].flatMap((planned) =>
    liveReferences(planned, snapshot).flatMap((reference) => findingsOf(snapshot, planned, reference)),
  ),
  ...referencesFromLive(snapshot),
];

function findingsOf(snapshot: RuleSnapshot, planned: PlannedObject, reference: ObjectReference): readonly Finding[] {
  const { kind, name, field, severity, consequence, configuration } = reference;
  const target = targetOf(reference, planned.id.namespace);
  if (target === undefined || snapshot.objects.has(target.key)) return [];
  if (isDeletedByChange(snapshot, target.key)) {
    if (configuration === undefined) return [missing()];
    const help = helpForDeleted(snapshot, kind, name, target.namespace);
    const message = `the change deletes ${describe(kind, name, target.namespace)}, and it refers to it: ${FATES[configuration]}`;
    return [findingOn(planned, 'ReferenceDangling', { severity, field, message, help })];
  }
  if (!isToldByRule(reference)) return [];
  if (snapshot.before.has(target.key) || snapshot.existsLive(kind, target.namespace, name)) return [];
  // "manual", the example of kubernetes.io: volumes that somebody makes and their claims need no object of their class.
  const isByHand = kind === 'StorageClass' && ofKind(snapshot.objects, 'PersistentVolume').length > 0;
  return isByHand ? [] : [missing()];

  function missing(): Finding {
    const message = `there is no ${describe(kind, name, target?.namespace)}: ${consequence}`;
    return findingOn(planned, 'ReferenceDangling', { severity, field, message });
  }
}

/**
 * Berth prunes last, so that nothing waits during the rollout itself; "if you reference a ConfigMap that doesn't exist
 * and you don't mark the reference as optional, the Pod won't start" (Configure a Pod to Use a ConfigMap,
 * kubernetes.io).
 */
const FATES: Readonly<Record<NonNullable<ObjectReference['configuration']>, string>> = {
  required:
    'its running pods go on, as it is pruned only after the rollout is healthy, but the next pod of it waits for ever',
  optional: 'the reference is optional, so its next pods start without it',
  pull: 'its next pods pull their images without it',
};

function describe(kind: string, name: string, namespace: string | undefined): string {
  return `${kind} "${name}"${namespace === undefined ? '' : ` in the namespace ${namespace}`}`;
}

/**
 * Whether this rule tells that an object is missing. What is optional may be; the other configuration is told of where
 * manifests are loaded, as far as they are looked through for it.
 */
export function isToldByRule({ configuration, isLoaded }: ObjectReference): boolean {
  return configuration === undefined || (configuration === 'required' && !isLoaded);
}

/** Somebody who renames an object means the new one. */
function helpForDeleted(
  { before, objects }: RuleSnapshot,
  kind: string,
  name: string,
  namespace: string | undefined,
): string {
  const added = [...objects.values()].filter(
    ({ id, key }) => id.kind === kind && id.namespace === namespace && !before.has(key),
  );
  const [only] = added;
  return added.length === 1 && only !== undefined
    ? `refer to "${only.id.name}", which the change declares, or keep "${name}"`
    : 'keep it until nothing refers to it, or take the reference away with it';
}

/** Workloads that somebody made by hand have no line: they are told where the object that they need was declared. */
function referencesFromLive(snapshot: RuleSnapshot): readonly Finding[] {
  const { before, objects, live } = snapshot;
  if (live === undefined) return [];
  const configuration = new Map(
    [...before.values()]
      .filter(({ id, key }) => (id.kind === 'ConfigMap' || id.kind === 'Secret') && isDeletedByChange(snapshot, key))
      .map((old) => [old.key, old]),
  );
  const namespaces = new Set([...configuration.values()].map(({ id }) => id.namespace ?? 'default'));
  return [...namespaces].filter(isKept).flatMap((namespace) =>
    KINDS_WITH_PODS.flatMap((kind) => live.list(kind, namespace)).flatMap((object) => {
      const { apiVersion, kind, metadata } = object;
      const { name = '' } = metadata ?? {};
      const key = storageKeyOf({ apiVersion, kind, namespace, name });
      if (objects.has(key) || isDeletedByChange(snapshot, key) || isFinishedJob(object) || isControlled(object))
        return [];
      const seen = new Set<string>();
      return referencesOf(object).flatMap((reference) => {
        const target = targetOf(reference, namespace);
        const old = target === undefined ? undefined : configuration.get(target.key);
        if (old === undefined || reference.configuration === undefined || seen.has(old.key)) return [];
        seen.add(old.key);
        const user = formatObject({ kind, namespace, name });
        const field = formatFieldPath(reference.field);
        const message = `the change deletes it, and ${user} on the box refers to it (${field}): ${FATES[reference.configuration]}`;
        const help = helpForDeleted(snapshot, old.id.kind, old.id.name, namespace);
        return [findingOn(old, 'ReferenceDangling', { severity: reference.severity, message, help })];
      });
    }),
  );

  function isKept(namespace: string): boolean {
    return !isNamespaceDeleted(snapshot, namespace);
  }
}

function isControlled({ metadata }: KubernetesObject): boolean {
  return (metadata?.ownerReferences ?? []).some(({ controller }) => controller === true);
}

function liveReferences({ id, object }: PlannedObject, { live }: RuleSnapshot): readonly ObjectReference[] {
  const { kind, namespace, name } = id;
  const running = kind === 'Job' ? live?.find(kind, namespace, name) : undefined;
  // A Job that has come to its end makes no pods any more.
  return running !== undefined && isFinishedJob(running) ? [] : referencesOf(object);
}
