import { isJsonObject } from '../../../lib/json.ts';
import type { FieldPath } from '../../../objects/field-problem.ts';
import { findKindsNamed, storageKeyOf } from '../../../objects/index.ts';
import { containersOf, podTemplateOf, specOf } from '../../pod-specs.ts';
import type { PlannedObject } from '../planned-object.ts';
import { findingOn, type Rule, type RuleSnapshot } from '../rule.ts';

interface Reference {
  readonly kind: string;
  readonly name: string;
  readonly field: FieldPath;
  readonly severity: 'error' | 'warning';
  /** What the missing object keeps from working, as a clause. */
  readonly consequence: string;
}

/** Kinds whose ConfigMaps and Secrets the loading of manifests looks at already. */
const LOADED_REFERENCES: ReadonlySet<string> = new Set(['Pod', 'Deployment', 'ReplicaSet']);
/** Objects that are there without being declared. */
const BUILT_IN: ReadonlySet<string> = new Set([
  'ServiceAccount/default',
  'StorageClass/local-path',
  'PriorityClass/system-cluster-critical',
  'PriorityClass/system-node-critical',
]);

/** A name that an object refers to and that neither the change nor the box has. */
export const danglingReferences: Rule = (snapshot) =>
  [...snapshot.objects.values()].flatMap((planned) =>
    referencesOf(planned)
      .filter((reference) => !isThere(snapshot, planned, reference))
      .map(({ kind, name, field, severity, consequence }) =>
        findingOn(planned, 'ReferenceDangling', {
          severity,
          field,
          message: `there is no ${kind} "${name}"${planned.id.namespace === undefined ? '' : ` in the namespace ${planned.id.namespace}`}: ${consequence}`,
        }),
      ),
  );

function isThere(snapshot: RuleSnapshot, { id }: PlannedObject, { kind, name }: Reference): boolean {
  if (name === '' || BUILT_IN.has(`${kind}/${name}`)) return true;
  const info = findKindsNamed(kind)[0];
  if (info === undefined) return true;
  const namespace = info.namespaced ? (id.namespace ?? 'default') : undefined;
  const key = storageKeyOf({
    apiVersion: info.apiVersion,
    kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  });
  if (snapshot.objects.has(key)) return true;
  // What the change itself takes away is not there any more.
  return !snapshot.before.has(key) && snapshot.existsLive(kind, namespace, name);
}

function referencesOf(planned: PlannedObject): readonly Reference[] {
  return [...podReferences(planned), ...(BY_KIND[planned.id.kind]?.(specOf(planned.object)) ?? [])];
}

function podReferences(planned: PlannedObject): readonly Reference[] {
  const template = podTemplateOf(planned.object);
  if (template === undefined) return [];
  const { spec, path } = template;
  const base = [...path, 'spec'];
  const references: Reference[] = [];
  const add = (kind: string, name: string | undefined, field: FieldPath, consequence: string) => {
    if (name !== undefined) references.push({ kind, name, field: [...base, ...field], severity: 'error', consequence });
  };
  add('ServiceAccount', spec.serviceAccountName, ['serviceAccountName'], 'no pod of it can be created');
  add('PriorityClass', spec.priorityClassName, ['priorityClassName'], 'no pod of it can be created');
  add('RuntimeClass', spec.runtimeClassName ?? undefined, ['runtimeClassName'], 'no pod of it can be created');
  (spec.volumes ?? []).forEach(({ persistentVolumeClaim, configMap, secret }, index) => {
    const at = ['volumes', index];
    const waits = 'its pods wait for it';
    if (!isOwnTemplate(planned, persistentVolumeClaim?.claimName))
      add(
        'PersistentVolumeClaim',
        persistentVolumeClaim?.claimName,
        [...at, 'persistentVolumeClaim', 'claimName'],
        waits,
      );
    if (LOADED_REFERENCES.has(planned.id.kind)) return;
    if (configMap?.optional !== true) add('ConfigMap', configMap?.name, [...at, 'configMap', 'name'], waits);
    if (secret?.optional !== true) add('Secret', secret?.secretName, [...at, 'secret', 'secretName'], waits);
  });
  if (LOADED_REFERENCES.has(planned.id.kind)) return references;
  for (const { container, path: at } of containersOf(spec)) {
    const fails = `its container ${container.name} cannot start`;
    (container.envFrom ?? []).forEach(({ configMapRef, secretRef }, index) => {
      if (configMapRef?.optional !== true)
        add('ConfigMap', configMapRef?.name, [...at, 'envFrom', index, 'configMapRef', 'name'], fails);
      if (secretRef?.optional !== true)
        add('Secret', secretRef?.name, [...at, 'envFrom', index, 'secretRef', 'name'], fails);
    });
    (container.env ?? []).forEach(({ valueFrom }, index) => {
      const { configMapKeyRef, secretKeyRef } = valueFrom ?? {};
      const field = [...at, 'env', index, 'valueFrom'];
      if (configMapKeyRef?.optional !== true)
        add('ConfigMap', configMapKeyRef?.name, [...field, 'configMapKeyRef', 'name'], fails);
      if (secretKeyRef?.optional !== true) add('Secret', secretKeyRef?.name, [...field, 'secretKeyRef', 'name'], fails);
    });
  }
  return references;
}

/** A StatefulSet makes the claims of its own templates. */
function isOwnTemplate({ object }: PlannedObject, claim: string | undefined): boolean {
  const templates = specOf(object)['volumeClaimTemplates'];
  if (claim === undefined || !Array.isArray(templates)) return false;
  return templates.some(
    (template: unknown) =>
      isJsonObject(template) && isJsonObject(template['metadata']) && template['metadata']['name'] === claim,
  );
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
