import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { isBuiltIn } from '../../objects/built-in-objects.ts';
import type { FieldPath } from '../../objects/field-problem.ts';
import { findKindsNamed, storageKeyOf } from '../../objects/kinds.ts';
import { Cursor, ProblemList } from './cursor.ts';

/** Another object that an object needs in order to work. */
export interface ObjectReferenceUse {
  readonly kind: string;
  /** Left out for kinds without a namespace. */
  readonly namespace?: string;
  readonly name: string;
  /** Where the name is written. */
  readonly path: FieldPath;
  /** Storage key of the object that is meant. */
  readonly key: string;
  /** What does not work as long as it is missing, as a clause. */
  readonly consequence: string;
}

/** `undefined` for what is always there, and for kinds that nobody here knows. */
function useOf(
  kind: string,
  own: string | undefined,
  name: string,
  path: FieldPath,
  consequence: string,
): ObjectReferenceUse | undefined {
  const info = findKindsNamed(kind)[0];
  if (info === undefined || name === '' || isBuiltIn(kind, name)) return undefined;
  const namespace = info.namespaced ? { namespace: own ?? 'default' } : {};
  const key = storageKeyOf({ apiVersion: info.apiVersion, kind, name, ...namespace });
  return { kind, ...namespace, name, path, key, consequence };
}

/** Where the kinds that run pods have their pod spec. */
const POD_SPECS: Readonly<Record<string, FieldPath>> = {
  'v1/Pod': ['spec'],
  'apps/v1/Deployment': ['spec', 'template', 'spec'],
  'apps/v1/ReplicaSet': ['spec', 'template', 'spec'],
};
/** Those whose ConfigMaps and Secrets only plans look at. */
const OTHER_POD_SPECS: Readonly<Record<string, FieldPath>> = {
  'v1/ReplicationController': ['spec', 'template', 'spec'],
  'apps/v1/DaemonSet': ['spec', 'template', 'spec'],
  'apps/v1/StatefulSet': ['spec', 'template', 'spec'],
  'batch/v1/Job': ['spec', 'template', 'spec'],
  'batch/v1/CronJob': ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** The objects that an object cannot do without; optional references are left out. */
export function referencesOf(object: JsonObject, namespace: string | undefined): readonly ObjectReferenceUse[] {
  const uses: ObjectReferenceUse[] = [];
  const refer = (kind: string, name: Cursor, consequence: string): void => {
    const use = useOf(kind, namespace, name.text ?? '', name.path, consequence);
    if (use !== undefined) uses.push(use);
  };
  const root = new Cursor(object, new ProblemList(object));
  const type = `${String(object['apiVersion'])}/${String(object['kind'])}`;
  if (namespace !== undefined) {
    const path = ['metadata', 'namespace'];
    const use = useOf('Namespace', undefined, namespace, path, 'the object cannot be created');
    if (use !== undefined) uses.push(use);
  }
  BY_TYPE[type]?.(root.get('spec'), refer);
  const podSpec = POD_SPECS[type] ?? OTHER_POD_SPECS[type];
  if (podSpec === undefined || namespace === undefined) return uses;
  const spec = podSpec.reduce((cursor: Cursor, step) => cursor.get(String(step)), root);
  refer('PriorityClass', spec.get('priorityClassName'), 'no pod of it can be created');
  refer('ServiceAccount', spec.get('serviceAccountName'), 'its pods run without one here, and Kubernetes refuses them');
  if (POD_SPECS[type] === undefined) return uses;
  const add: AddUse = (kind, owner, field = 'name') => {
    if (owner.get('optional').value !== true) refer(kind, owner.get(field), 'the pod will wait for it');
  };
  addVolumes(spec, add);
  for (const list of ['initContainers', 'containers']) {
    for (const container of spec.get(list).items) addContainer(container, add);
  }
  for (const secret of spec.get('imagePullSecrets').items) add('Secret', secret);
  return uses;
}

type Refer = (kind: string, name: Cursor, consequence: string) => void;

const BY_TYPE: Readonly<Record<string, ((spec: Cursor, refer: Refer) => void) | undefined>> = {
  'apps/v1/StatefulSet': (spec, refer) => refer('Service', spec.get('serviceName'), 'its pods have no names in DNS'),
  'v1/PersistentVolumeClaim': (spec, refer) => {
    // The class of a claim that names its volume is a name that the two have in common.
    if ((spec.get('volumeName').text ?? '') !== '') return;
    refer('StorageClass', spec.get('storageClassName'), 'no volume is made for it');
  },
  'autoscaling/v1/HorizontalPodAutoscaler': referToTarget,
  'autoscaling/v2/HorizontalPodAutoscaler': referToTarget,
  'networking.k8s.io/v1/Ingress': (spec, refer) => {
    refer('IngressClass', spec.get('ingressClassName'), 'nobody serves the Ingress');
    const paths = spec.get('rules').items.flatMap((rule) => rule.get('http').get('paths').items);
    for (const backend of [spec.get('defaultBackend'), ...paths.map((path) => path.get('backend'))]) {
      refer('Service', backend.get('service').get('name'), 'the Ingress leads nowhere');
    }
  },
};

function referToTarget(spec: Cursor, refer: Refer): void {
  const target = spec.get('scaleTargetRef');
  refer(target.get('kind').text ?? '', target.get('name'), 'there is nothing to scale');
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
