import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import type { FieldPath } from '../../objects/field-problem.ts';
import { storageKeyOf } from '../../objects/kinds.ts';
import { Cursor, ProblemList } from './cursor.ts';

/** Another object that an object needs in order to work. */
export interface ObjectReferenceUse {
  readonly kind: 'ConfigMap' | 'Namespace' | 'Secret';
  /** Left out for a Namespace. */
  readonly namespace?: string;
  readonly name: string;
  /** Where the name is written. */
  readonly path: FieldPath;
  /** Storage key of the object that is meant. */
  readonly key: string;
}

function referenceKeyOf(kind: ObjectReferenceUse['kind'], namespace: string | undefined, name: string): string {
  return storageKeyOf({ apiVersion: 'v1', kind, name, ...(namespace === undefined ? {} : { namespace }) });
}

/** Exist from the start. */
const BUILT_IN_NAMESPACES = new Set(['default', 'kube-system']);

/** Where the kinds that run pods have their pod spec. */
const POD_SPECS: Readonly<Record<string, FieldPath>> = {
  'v1/Pod': ['spec'],
  'apps/v1/Deployment': ['spec', 'template', 'spec'],
  'apps/v1/ReplicaSet': ['spec', 'template', 'spec'],
};

/** The namespaces, ConfigMaps and Secrets that an object cannot do without; optional references are left out. */
export function referencesOf(object: JsonObject, namespace: string | undefined): readonly ObjectReferenceUse[] {
  const uses: ObjectReferenceUse[] = [];
  if (namespace !== undefined && !BUILT_IN_NAMESPACES.has(namespace)) {
    const key = referenceKeyOf('Namespace', undefined, namespace);
    uses.push({ kind: 'Namespace', name: namespace, path: ['metadata', 'namespace'], key });
  }
  const podSpec = POD_SPECS[`${String(object['apiVersion'])}/${String(object['kind'])}`];
  if (podSpec === undefined || namespace === undefined) return uses;
  const root = new Cursor(object, new ProblemList(object));
  const spec = podSpec.reduce((cursor: Cursor, step) => cursor.get(String(step)), root);
  const add = (kind: 'ConfigMap' | 'Secret', owner: Cursor, field = 'name'): void => {
    const name = owner.get(field);
    if (!name.text || owner.get('optional').value === true) return;
    uses.push({ kind, namespace, name: name.text, path: name.path, key: referenceKeyOf(kind, namespace, name.text) });
  };
  addVolumes(spec, add);
  for (const list of ['initContainers', 'containers']) {
    for (const container of spec.get(list).items) addContainer(container, add);
  }
  for (const secret of spec.get('imagePullSecrets').items) add('Secret', secret);
  return uses;
}

type AddUse = (kind: 'ConfigMap' | 'Secret', owner: Cursor, field?: string) => void;

function addVolumes(spec: Cursor, add: AddUse): void {
  for (const volume of spec.get('volumes').items) {
    add('ConfigMap', volume.get('configMap'));
    add('Secret', volume.get('secret'), 'secretName');
    for (const source of volume.get('projected').get('sources').items) {
      add('ConfigMap', source.get('configMap'));
      add('Secret', source.get('secret'));
    }
  }
}

function addContainer(container: Cursor, add: AddUse): void {
  for (const source of container.get('envFrom').items) {
    add('ConfigMap', source.get('configMapRef'));
    add('Secret', source.get('secretRef'));
  }
  for (const variable of container.get('env').items) {
    const source: JsonValue | undefined = variable.get('valueFrom').value;
    if (!isJsonObject(source)) continue;
    add('ConfigMap', variable.get('valueFrom').get('configMapKeyRef'));
    add('Secret', variable.get('valueFrom').get('secretKeyRef'));
  }
}
