import { isJsonObject } from '../../../lib/json.ts';
import type { FieldPath } from '../../../objects/field-problem.ts';
import type { KubernetesObject } from '../../../objects/types.ts';
import { containersOf, type PodSpec, type PodTemplate, podTemplateOf, specOf } from '../../pod-specs.ts';

/** The name of another object in a manifest. */
export interface Reference {
  readonly kind: string;
  readonly name: string;
  readonly field: FieldPath;
  readonly severity: 'error' | 'warning';
  /** What the missing object keeps from working, as a clause. */
  readonly consequence: string;
  /** How a pod uses a ConfigMap or Secret; `undefined` for every other reference. `pull`: for its images. */
  readonly configuration?: 'required' | 'optional' | 'pull';
}

/** Everything that the pods of an object need by name; nothing for kinds that make no pods. */
export function podReferences(object: KubernetesObject): readonly Reference[] {
  const template = podTemplateOf(object);
  return template === undefined ? [] : [...placingReferences(object, template), ...configurationReferences(template)];
}

function placingReferences(object: KubernetesObject, { spec, path }: PodTemplate): readonly Reference[] {
  const base = [...path, 'spec'];
  const references: Reference[] = [];
  const add = (kind: string, name: string | undefined, field: FieldPath, consequence: string) => {
    if (name !== undefined) references.push({ kind, name, field: [...base, ...field], severity: 'error', consequence });
  };
  const account = spec.serviceAccountName;
  if (account !== undefined) {
    // Kubernetes' admission refuses such pods; Berth issues no tokens and runs them.
    const consequence = 'its pods run without one here, and Kubernetes would refuse them';
    const field = [...base, 'serviceAccountName'];
    references.push({ kind: 'ServiceAccount', name: account, field, severity: 'warning', consequence });
  }
  add('PriorityClass', spec.priorityClassName, ['priorityClassName'], 'no pod of it can be created');
  add('RuntimeClass', spec.runtimeClassName ?? undefined, ['runtimeClassName'], 'no pod of it can be created');
  (spec.volumes ?? []).forEach(({ persistentVolumeClaim }, index) => {
    const claim = persistentVolumeClaim?.claimName;
    if (isOwnTemplate(object, claim)) return;
    add(
      'PersistentVolumeClaim',
      claim,
      ['volumes', index, 'persistentVolumeClaim', 'claimName'],
      'its pods wait for it',
    );
  });
  return references;
}

interface Named {
  readonly name?: string;
  readonly optional?: boolean;
}

type AddConfiguration = (
  kind: 'ConfigMap' | 'Secret',
  source: Named | undefined,
  field: FieldPath,
  consequence: string,
) => void;

function configurationReferences({ spec, path }: PodTemplate): readonly Reference[] {
  const references: Reference[] = [];
  const add: AddConfiguration = (kind, source, field, consequence) => {
    const { name, optional } = source ?? {};
    if (name === undefined) return;
    const severity = optional === true ? 'warning' : 'error';
    const configuration = optional === true ? 'optional' : 'required';
    references.push({ kind, name, field: [...path, 'spec', ...field], severity, consequence, configuration });
  };
  addVolumes(spec, add);
  addContainers(spec, add);
  (spec.imagePullSecrets ?? []).forEach(({ name = '' }, index) => {
    if (name === '') return;
    const field = [...path, 'spec', 'imagePullSecrets', index, 'name'];
    const consequence = 'its images are pulled without it';
    references.push({ kind: 'Secret', name, field, severity: 'warning', consequence, configuration: 'pull' });
  });
  return references;
}

function addVolumes(spec: PodSpec, add: AddConfiguration): void {
  const waits = 'its pods wait for it';
  (spec.volumes ?? []).forEach(({ configMap, secret, projected }, index) => {
    const at = ['volumes', index];
    add('ConfigMap', configMap, [...at, 'configMap', 'name'], waits);
    const { secretName: name, optional } = secret ?? {};
    if (name !== undefined)
      add('Secret', { name, ...(optional === undefined ? {} : { optional }) }, [...at, 'secret', 'secretName'], waits);
    (projected?.sources ?? []).forEach((source, place) => {
      const field = [...at, 'projected', 'sources', place];
      add('ConfigMap', source.configMap, [...field, 'configMap', 'name'], waits);
      add('Secret', source.secret, [...field, 'secret', 'name'], waits);
    });
  });
}

function addContainers(spec: PodSpec, add: AddConfiguration): void {
  for (const { container, path: at } of containersOf(spec)) {
    const fails = `its container ${container.name} cannot start`;
    (container.envFrom ?? []).forEach(({ configMapRef, secretRef }, index) => {
      add('ConfigMap', configMapRef, [...at, 'envFrom', index, 'configMapRef', 'name'], fails);
      add('Secret', secretRef, [...at, 'envFrom', index, 'secretRef', 'name'], fails);
    });
    (container.env ?? []).forEach(({ valueFrom }, index) => {
      const { configMapKeyRef, secretKeyRef } = valueFrom ?? {};
      const field = [...at, 'env', index, 'valueFrom'];
      add('ConfigMap', configMapKeyRef, [...field, 'configMapKeyRef', 'name'], fails);
      add('Secret', secretKeyRef, [...field, 'secretKeyRef', 'name'], fails);
    });
  }
}

/** A StatefulSet makes the claims of its own templates. */
function isOwnTemplate(object: KubernetesObject, claim: string | undefined): boolean {
  const templates = specOf(object)['volumeClaimTemplates'];
  if (claim === undefined || !Array.isArray(templates)) return false;
  return templates.some(
    (template: unknown) =>
      isJsonObject(template) && isJsonObject(template['metadata']) && template['metadata']['name'] === claim,
  );
}
