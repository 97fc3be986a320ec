import { isJsonObject, type JsonObject } from '../lib/json.ts';
import type { FieldPath } from '../objects/field-problem.ts';
import { POD_TEMPLATES } from '../objects/index.ts';
import type { KubernetesObject, Pod } from '../objects/types.ts';

export type PodSpec = NonNullable<Pod['spec']>;
export type PlannedContainer = PodSpec['containers'][number];

/** Kinds that make pods, or are one. */
export const KINDS_WITH_PODS: readonly string[] = Object.keys(POD_TEMPLATES);

/** The pod that an object makes, and where it is written. */
export interface PodTemplate {
  readonly path: FieldPath;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
}

/** `undefined` for kinds that make no pods. */
export function podTemplateOf(object: KubernetesObject): PodTemplate | undefined {
  const path = POD_TEMPLATES[object.kind];
  if (path === undefined) return undefined;
  const template = path.reduce<unknown>((value, step) => (isJsonObject(value) ? value[step] : undefined), object);
  if (!isJsonObject(template) || !isJsonObject(template['spec'])) return undefined;
  const metadata = isJsonObject(template['metadata']) ? template['metadata'] : {};
  const mapOf = (name: string) =>
    (isJsonObject(metadata[name]) ? metadata[name] : {}) as Readonly<Record<string, string>>;
  // What has been loaded was validated: a pod spec has the shape of one.
  const spec = template['spec'] as unknown as PodSpec;
  return { path, labels: mapOf('labels'), annotations: mapOf('annotations'), spec };
}

/** Containers of a pod with the path of each below the pod spec. */
export function containersOf(
  spec: PodSpec,
): readonly { readonly container: PlannedContainer; readonly path: FieldPath }[] {
  return (['initContainers', 'containers'] as const).flatMap((list) =>
    (spec[list] ?? []).map((container, index) => ({ container, path: [list, index] as FieldPath })),
  );
}

export function specOf(object: KubernetesObject): JsonObject {
  return isJsonObject(object['spec']) ? object['spec'] : {};
}
