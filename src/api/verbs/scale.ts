import { isJsonObject } from '../../lib/json.ts';
import { formatLabelSelector, type LabelSelector, SelectorError } from '../../objects/label-selector.ts';
import type { KubernetesObject, ObjectMeta, StoredObject } from '../../objects/types.ts';
import type { WriteScope } from '../context.ts';
import { definedFields } from '../defined-fields.ts';
import { badRequest } from '../failures.ts';
import { replaceObject, type TrackFields } from './write-object.ts';

/** The `scale` subresource of an object that has one, as `autoscaling/v1` Scale. */
export function toScale(object: StoredObject): KubernetesObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const spec = fieldsOf(object['spec']);
  const selector = selectorOf(object.kind, spec['selector']);
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: definedFields<ObjectMeta>({ name, namespace, uid, resourceVersion, creationTimestamp }),
    spec: { replicas: spec['replicas'] ?? 0 },
    status: { replicas: fieldsOf(object['status'])['replicas'] ?? 0, selector: selectorText(selector) },
  };
}

function selectorText(selector: LabelSelector | undefined): string {
  try {
    return formatLabelSelector(selector);
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

/** A ReplicationController selects by a plain map of labels. */
function selectorOf(kind: string, selector: unknown): LabelSelector | undefined {
  if (kind !== 'ReplicationController') return selector as LabelSelector | undefined;
  return { matchLabels: (selector ?? {}) as Readonly<Record<string, string>> };
}

/** Takes over `spec.replicas` and nothing else, from a Scale or from an object of the kind itself. */
export function replaceScale(
  scope: WriteScope,
  current: StoredObject,
  input: KubernetesObject,
  track: TrackFields,
): StoredObject {
  if (!scope.kind.hasScale) throw badRequest(`${scope.kind.plural} have no scale subresource`);
  const { replicas } = fieldsOf(input['spec']);
  if (typeof replicas !== 'number') throw badRequest('a scale needs spec.replicas');
  const { uid, resourceVersion } = input.metadata ?? {};
  const metadata = { ...current.metadata, ...(uid ? { uid } : {}), resourceVersion: resourceVersion ?? '' };
  const next = { ...current, metadata, spec: { ...fieldsOf(current['spec']), replicas } };
  return replaceObject(scope, current, next, track);
}

function fieldsOf(value: unknown): { readonly [field: string]: unknown } {
  return isJsonObject(value) ? value : {};
}
