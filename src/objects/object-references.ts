/** Which names in an object stand for other objects. It reads what nobody has validated yet, too. */
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts';
import { isBuiltIn } from './built-in-objects.ts';
import type { FieldPath } from './field-problem.ts';
import { findKindsNamed, storageKeyOf } from './kinds.ts';
import { POD_TEMPLATES } from './pod-templates.ts';

export interface ObjectReference {
  readonly kind: string;
  readonly name: string;
  /** Where the name is written. */
  readonly field: FieldPath;
  /** How bad it is that the object is missing. */
  readonly severity: 'error' | 'warning';
  /** What the missing object keeps from working, as a clause. */
  readonly consequence: string;
  /** How a pod uses a ConfigMap or Secret; `undefined` for every other reference. `pull`: for its images. */
  readonly configuration?: 'required' | 'optional' | 'pull';
  /** Whether the object is looked for as soon as its manifest is loaded; of the others only a plan tells. */
  readonly isLoaded: boolean;
}

/** `at`: way to the name. Without a kind, the one that stands beside the name is meant. */
interface ReferenceField extends Pick<ObjectReference, 'severity' | 'consequence' | 'configuration'> {
  readonly at: readonly string[];
  readonly kind?: string;
  readonly isLoaded?: false;
}

const WAITS = { severity: 'error', consequence: 'its pods wait for it' } as const;
const REFUSED = { severity: 'error', consequence: 'no pod of it can be created' } as const;
const NO_START = { severity: 'error', consequence: 'it cannot start' } as const;
const NOWHERE = { kind: 'Service', severity: 'error', consequence: 'the Ingress leads nowhere' } as const;
const required = { configuration: 'required' } as const;

/** Below the spec of a pod. */
const OF_PODS: readonly ReferenceField[] = [
  {
    at: way('serviceAccountName'),
    kind: 'ServiceAccount',
    severity: 'warning',
    // Kubernetes' admission refuses such pods; Berth issues no tokens and runs them.
    consequence: 'its pods run without one here, and Kubernetes would refuse them',
  },
  { at: way('priorityClassName'), kind: 'PriorityClass', ...REFUSED },
  { at: way('runtimeClassName'), kind: 'RuntimeClass', ...REFUSED, isLoaded: false },
  { at: way('volumes[].persistentVolumeClaim.claimName'), kind: 'PersistentVolumeClaim', ...WAITS, isLoaded: false },
  { at: way('volumes[].configMap.name'), kind: 'ConfigMap', ...WAITS, ...required },
  { at: way('volumes[].secret.secretName'), kind: 'Secret', ...WAITS, ...required },
  { at: way('volumes[].projected.sources[].configMap.name'), kind: 'ConfigMap', ...WAITS, ...required },
  { at: way('volumes[].projected.sources[].secret.name'), kind: 'Secret', ...WAITS, ...required },
  {
    at: way('imagePullSecrets[].name'),
    kind: 'Secret',
    severity: 'warning',
    consequence: 'its images are pulled without it',
    configuration: 'pull',
  },
];

/** Below a container, which the consequence is about. */
const OF_CONTAINERS: readonly ReferenceField[] = [
  { at: way('envFrom[].configMapRef.name'), kind: 'ConfigMap', ...NO_START, ...required },
  { at: way('envFrom[].secretRef.name'), kind: 'Secret', ...NO_START, ...required },
  { at: way('env[].valueFrom.configMapKeyRef.name'), kind: 'ConfigMap', ...NO_START, ...required },
  { at: way('env[].valueFrom.secretKeyRef.name'), kind: 'Secret', ...NO_START, ...required },
];

/** Below the spec of other kinds. Nothing acts on some of them yet: they are looked at all the same. */
const BY_KIND: Readonly<Record<string, readonly ReferenceField[] | undefined>> = {
  StatefulSet: [
    { at: way('serviceName'), kind: 'Service', severity: 'warning', consequence: 'its pods have no names in DNS' },
  ],
  PersistentVolumeClaim: [
    { at: way('storageClassName'), kind: 'StorageClass', severity: 'warning', consequence: 'no volume is made for it' },
  ],
  HorizontalPodAutoscaler: [
    { at: way('scaleTargetRef.name'), severity: 'error', consequence: 'it has nothing to scale' },
  ],
  Ingress: [
    {
      at: way('ingressClassName'),
      kind: 'IngressClass',
      severity: 'warning',
      consequence: 'nobody serves the Ingress',
    },
    { at: way('defaultBackend.service.name'), ...NOWHERE },
    {
      at: way('tls[].secretName'),
      kind: 'Secret',
      severity: 'warning',
      consequence: 'it has no certificate',
      isLoaded: false,
    },
    { at: way('rules[].http.paths[].backend.service.name'), ...NOWHERE },
  ],
};

/** Kinds whose ConfigMaps and Secrets are looked for when their manifests are loaded. */
const CONFIGURATION_LOADED: ReadonlySet<string> = new Set(['Pod', 'Deployment', 'ReplicaSet']);

/** Everything that an object refers to by name, what it can do without included. */
export function referencesOf(object: object): readonly ObjectReference[] {
  const root = object as JsonObject;
  const kind = String(root['kind']);
  const collect = (from: JsonValue | undefined, base: FieldPath, fields: readonly ReferenceField[]) => {
    const added: ObjectReference[] = [];
    for (const field of fields) {
      findNames(from, field.at, 0, [], (name, path, owner) => {
        const reference = referenceOf(kind, field, { name, path: [...base, ...path], owner });
        if (!isOwn(root, reference)) added.push(reference);
      });
    }
    return added;
  };
  const references = collect(root['spec'], ['spec'], BY_KIND[kind] ?? []);
  const template = POD_TEMPLATES[kind];
  if (template === undefined) return references;
  const path = [...template, 'spec'];
  const spec = valueAt(root, path);
  references.push(...collect(spec, path, OF_PODS));
  for (const list of ['initContainers', 'containers']) {
    const containers = valueAt(spec, [list]);
    if (!Array.isArray(containers)) continue;
    for (const [index, container] of containers.entries()) {
      const name = String(valueAt(container, ['name']));
      for (const reference of collect(container, [...path, list, index], OF_CONTAINERS))
        references.push({ ...reference, consequence: `its container ${name} cannot start` });
    }
  }
  return references;
}

/**
 * The object that a reference means, for one that stands in `namespace`; `undefined` for what is always there, and for
 * kinds that nobody here knows.
 */
export function targetOf(
  { kind, name }: Pick<ObjectReference, 'kind' | 'name'>,
  namespace: string | undefined,
): { readonly key: string; readonly namespace?: string } | undefined {
  const info = findKindsNamed(kind)[0];
  if (info === undefined || isBuiltIn(kind, name)) return undefined;
  const within = info.namespaced ? { namespace: namespace ?? 'default' } : {};
  return { key: storageKeyOf({ apiVersion: info.apiVersion, kind, name, ...within }), ...within };
}

interface FoundName {
  readonly name: string;
  readonly path: FieldPath;
  /** The object that the name is a field of. */
  readonly owner: JsonObject;
}

function referenceOf(kind: string, field: ReferenceField, { name, path, owner }: FoundName): ObjectReference {
  const configuration =
    field.configuration === 'required' && owner['optional'] === true ? 'optional' : field.configuration;
  const isLoaded = configuration === undefined || (configuration !== 'optional' && CONFIGURATION_LOADED.has(kind));
  return {
    kind: field.kind ?? String(owner['kind']),
    name,
    field: path,
    severity: configuration === 'optional' ? 'warning' : field.severity,
    consequence: field.consequence,
    ...(configuration === undefined ? {} : { configuration }),
    isLoaded: field.isLoaded ?? isLoaded,
  };
}

/** Whether a name stands for nothing outside of the object that has it. */
function isOwn(object: JsonObject, { kind, name }: ObjectReference): boolean {
  const spec = object['spec'];
  // The class of a claim that names its volume is a name that the two have in common.
  if (kind === 'StorageClass') return Boolean(valueAt(spec, ['volumeName']));
  // A StatefulSet makes the claims of its own templates.
  const templates = kind === 'PersistentVolumeClaim' ? valueAt(spec, ['volumeClaimTemplates']) : undefined;
  return Array.isArray(templates) && templates.some((one: JsonValue) => valueAt(one, ['metadata', 'name']) === name);
}

/** `volumes[].configMap.name` → `['volumes', '[]', 'configMap', 'name']`; `[]` goes through a list. */
function way(text: string): readonly string[] {
  return text.replaceAll('[]', '.[]').split('.');
}

/**
 * Calls `visit` for each name at the end of the way. `path` is where `value` stands; it is the same list at each step.
 */
function findNames(
  value: JsonValue | undefined,
  steps: readonly string[],
  index: number,
  path: (string | number)[],
  visit: (name: string, path: FieldPath, owner: JsonObject) => void,
): void {
  const step = steps[index] ?? '';
  if (step === '[]') {
    if (!Array.isArray(value)) return;
    for (let item = 0; item < value.length; item++) {
      path.push(item);
      findNames(value[item], steps, index + 1, path, visit);
      path.pop();
    }
  } else if (isJsonObject(value) && value[step] !== undefined) {
    path.push(step);
    const next = value[step];
    if (index < steps.length - 1) findNames(next, steps, index + 1, path, visit);
    else if (typeof next === 'string' && next !== '') visit(next, path, value);
    path.pop();
  }
}

function valueAt(value: JsonValue | undefined, path: FieldPath): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((at, step) => (isJsonObject(at) ? at[step] : undefined), value);
}
