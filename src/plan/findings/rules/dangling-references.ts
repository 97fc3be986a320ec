import { isJsonObject } from '../../../lib/json.ts';
import { isBuiltIn } from '../../../objects/built-in-objects.ts';
import type { FieldPath } from '../../../objects/field-problem.ts';
import { findKindsNamed, formatFieldPath, formatObject, isFinishedJob, storageKeyOf } from '../../../objects/index.ts';
import type { KubernetesObject } from '../../../objects/types.ts';
import { KINDS_WITH_PODS, specOf } from '../../pod-specs.ts';
import { readPolicies } from '../../policies.ts';
import type { Finding } from '../finding.ts';
import type { PlannedObject } from '../planned-object.ts';
import { findingOn, type Rule, type RuleSnapshot } from '../rule.ts';
import { podReferences, type Reference } from './pod-references.ts';

/** Kinds whose ConfigMaps and Secrets the loading of manifests looks at already, except for what the change deletes. */
const LOADED_REFERENCES: ReadonlySet<string> = new Set(['Pod', 'Deployment', 'ReplicaSet']);

/** A name that an object refers to and that neither the change nor the box has, or that the change takes away. */
export const danglingReferences: Rule = (snapshot) => [
  ...[...snapshot.objects.values()].flatMap((planned) =>
    referencesOf(planned, snapshot).flatMap((reference) => findingsOf(snapshot, planned, reference)),
  ),
  ...referencesFromLive(snapshot),
];

function findingsOf(snapshot: RuleSnapshot, planned: PlannedObject, reference: Reference): readonly Finding[] {
  const { kind, name, field, severity, consequence, configuration } = reference;
  const target = targetOf(planned.id.namespace, reference);
  if (target === undefined || snapshot.objects.has(target.key)) return [];
  if (isDeleted(snapshot, target.key)) {
    if (configuration === undefined) return [missing()];
    const help = helpForDeleted(snapshot, kind, name, target.namespace);
    const message = `the change deletes ${describe(kind, name, target.namespace)}, and it refers to it: ${FATES[configuration]}`;
    return [findingOn(planned, 'ReferenceDangling', { severity, field, message, help })];
  }
  const isTold = configuration === 'optional' || configuration === 'pull' || LOADED_REFERENCES.has(planned.id.kind);
  if (configuration !== undefined && isTold) return [];
  return snapshot.before.has(target.key) || snapshot.existsLive(kind, target.namespace, name) ? [] : [missing()];

  function missing(): Finding {
    const message = `there is no ${describe(kind, name, target?.namespace)}: ${consequence}`;
    return findingOn(planned, 'ReferenceDangling', { severity, field, message });
  }
}

/**
 * Berth prunes last, so that nothing waits during the rollout itself; "if you reference a ConfigMap that doesn't exist and you don't mark the reference as optional,
 * the Pod won't start" (Configure a Pod to Use a ConfigMap, kubernetes.io).
 */
const FATES: Readonly<Record<NonNullable<Reference['configuration']>, string>> = {
  required:
    'its running pods go on, as it is pruned only after the rollout is healthy, but the next pod of it waits for ever',
  optional: 'the reference is optional, so its next pods start without it',
  pull: 'its next pods pull their images without it',
};

function describe(kind: string, name: string, namespace: string | undefined): string {
  return `${kind} "${name}"${namespace === undefined ? '' : ` in the namespace ${namespace}`}`;
}

/** `undefined` for what is always there, and for kinds that nobody here knows. */
function targetOf(
  ownNamespace: string | undefined,
  { kind, name }: Reference,
): { readonly key: string; readonly namespace: string | undefined } | undefined {
  if (name === '' || isBuiltIn(kind, name)) return undefined;
  const info = findKindsNamed(kind)[0];
  if (info === undefined) return undefined;
  const namespace = info.namespaced ? (ownNamespace ?? 'default') : undefined;
  const { apiVersion } = info;
  const key = storageKeyOf({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) });
  return { key, namespace };
}

/** What the change itself takes away is not there any more, unless its annotations ask to keep it. */
function isDeleted({ before, objects }: RuleSnapshot, key: string): boolean {
  const old = before.get(key);
  return old !== undefined && !objects.has(key) && readPolicies(old.object).prune;
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
      .filter(({ id, key }) => (id.kind === 'ConfigMap' || id.kind === 'Secret') && isDeleted(snapshot, key))
      .map((old) => [old.key, old]),
  );
  const namespaces = new Set([...configuration.values()].map(({ id }) => id.namespace ?? 'default'));
  return [...namespaces].filter(isKept).flatMap((namespace) =>
    KINDS_WITH_PODS.flatMap((kind) => live.list(kind, namespace)).flatMap((object) => {
      const { apiVersion, kind, metadata } = object;
      const { name = '' } = metadata ?? {};
      const key = storageKeyOf({ apiVersion, kind, namespace, name });
      if (objects.has(key) || isDeleted(snapshot, key) || isFinishedJob(object) || isControlled(object)) return [];
      const seen = new Set<string>();
      return podReferences(object).flatMap((reference) => {
        const target = targetOf(namespace, reference);
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
    return !isDeleted(snapshot, storageKeyOf({ apiVersion: 'v1', kind: 'Namespace', name: namespace }));
  }
}

function isControlled({ metadata }: KubernetesObject): boolean {
  return (metadata?.ownerReferences ?? []).some(({ controller }) => controller === true);
}

function referencesOf({ id, object }: PlannedObject, { live }: RuleSnapshot): readonly Reference[] {
  const { kind, namespace, name } = id;
  const running = kind === 'Job' ? live?.find(kind, namespace, name) : undefined;
  // A Job that has come to its end makes no pods any more.
  const ofPods = running !== undefined && isFinishedJob(running) ? [] : podReferences(object);
  return [...ofPods, ...(BY_KIND[kind]?.(specOf(object)) ?? [])];
}

type Spec = ReturnType<typeof specOf>;

/** References of other kinds, some of which nothing acts on yet: they are checked all the same. */
const BY_KIND: Readonly<Record<string, ((spec: Spec) => readonly Reference[]) | undefined>> = {
  StatefulSet: (spec) =>
    named('Service', spec['serviceName'], ['spec', 'serviceName'], 'warning', 'its pods have no names in DNS'),
  PersistentVolumeClaim: (spec) =>
    named(
      'StorageClass',
      spec['storageClassName'],
      ['spec', 'storageClassName'],
      'warning',
      'no volume is made for it',
    ),
  HorizontalPodAutoscaler: (spec) => {
    const target = spec['scaleTargetRef'];
    if (!isJsonObject(target) || typeof target['kind'] !== 'string') return [];
    return named(
      target['kind'],
      target['name'],
      ['spec', 'scaleTargetRef', 'name'],
      'error',
      'it has nothing to scale',
    );
  },
  Ingress: (spec) => ingressReferences(spec as IngressSpec),
};

function named(
  kind: string,
  name: unknown,
  field: FieldPath,
  severity: Reference['severity'],
  consequence: string,
): readonly Reference[] {
  return typeof name === 'string' ? [{ kind, name, field, severity, consequence }] : [];
}

interface Backend {
  readonly service?: { readonly name?: string };
}

interface IngressSpec {
  readonly ingressClassName?: string;
  readonly defaultBackend?: Backend;
  readonly tls?: readonly { readonly secretName?: string }[];
  readonly rules?: readonly { readonly http?: { readonly paths?: readonly { readonly backend?: Backend }[] } }[];
}

function ingressReferences({
  ingressClassName,
  defaultBackend,
  tls = [],
  rules = [],
}: IngressSpec): readonly Reference[] {
  const backend = (one: Backend | undefined, field: FieldPath) =>
    named('Service', one?.service?.name, [...field, 'service', 'name'], 'error', 'the Ingress leads nowhere');
  return [
    ...named('IngressClass', ingressClassName, ['spec', 'ingressClassName'], 'warning', 'nobody serves the Ingress'),
    ...backend(defaultBackend, ['spec', 'defaultBackend']),
    ...tls.flatMap(({ secretName }, index) =>
      named('Secret', secretName, ['spec', 'tls', index, 'secretName'], 'warning', 'it has no certificate'),
    ),
    ...rules.flatMap(({ http }, rule) =>
      (http?.paths ?? []).flatMap((path, index) =>
        backend(path.backend, ['spec', 'rules', rule, 'http', 'paths', index, 'backend']),
      ),
    ),
  ];
}
