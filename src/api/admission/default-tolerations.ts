import type { Pod } from '../../objects/types.ts';
import type { Admission } from '../context.ts';

type Toleration = NonNullable<NonNullable<Pod['spec']>['tolerations']>[number];

const SECONDS = 300;
const KEYS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/**
 * "Kubernetes automatically adds a toleration for node.kubernetes.io/not-ready and node.kubernetes.io/unreachable with
 * tolerationSeconds=300, unless you, or a controller, set those tolerations explicitly" (Taints and Tolerations).
 */
export const admitDefaultTolerations: Admission = ({ kind, verb, subresource, object }) => {
  if (kind.kind !== 'Pod' || verb !== 'create' || subresource !== undefined) return undefined;
  const spec = object['spec'] as Pod['spec'];
  if (spec === undefined) return undefined;
  const given = spec.tolerations ?? [];
  const added = KEYS.filter((key) => !given.some((toleration) => concerns(toleration, key))).map(
    (key): Toleration => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: SECONDS }),
  );
  if (added.length === 0) return undefined;
  return { object: { ...object, spec: { ...spec, tolerations: [...given, ...added] } } };
};

function concerns({ key, effect }: Toleration, wanted: string): boolean {
  return (key === wanted || !key) && (effect === 'NoExecute' || !effect);
}
