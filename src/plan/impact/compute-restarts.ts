import { jsonEqual } from '../../lib/json.ts';
import { formatFieldPath, formatObject } from '../../objects/index.ts';
import { diffObjects } from '../diff.ts';
import type { PlannedObject, PlannedObjects } from '../findings/planned-object.ts';
import { podTemplateOf } from '../pod-specs.ts';
import { usesOf } from './configuration-uses.ts';

/** Pods that are made anew although only their surroundings changed, or that keep running although they ought to be. */
export interface RestartReport {
  readonly object: string;
  readonly pods: number;
  /**
   * `restarted`: the template changed. `refreshed`: files change under the running pods. `needed`: they go on with the
   * old value until they are restarted.
   */
  readonly kind: 'restarted' | 'refreshed' | 'needed';
  /** `spec.template.spec.containers[0].image changed`, `ConfigMap/shop/settings is read as environment`. */
  readonly reason: string;
}

export interface RestartsSnapshot {
  readonly base: PlannedObjects;
  readonly head: PlannedObjects;
  /** Pods of a workload that run now, by `Kind/namespace/name`. */
  readonly podsOf: (object: string) => number;
}

/** By application, sorted by object. A workload whose template changes takes everything in that it refers to. */
export function computeRestarts({ base, head, podsOf }: RestartsSnapshot): readonly (RestartReport & {
  readonly application: string;
})[] {
  const restarts: (RestartReport & { readonly application: string })[] = [];
  const changed = changedConfiguration(base, head);
  for (const [key, planned] of head) {
    const { application } = planned;
    const template = podTemplateOf(planned.object);
    const before = base.get(key);
    if (template === undefined || before === undefined || planned.id.kind === 'Job' || planned.id.kind === 'CronJob')
      continue;
    const object = formatObject(planned.id);
    const pods = podsOf(object);
    if (pods === 0) continue;
    const fields = changedTemplateFields(before, planned);
    if (fields.length > 0) {
      const more = fields.length === 1 ? '' : ` and ${fields.length - 1} more`;
      restarts.push({ application, object, pods, kind: 'restarted', reason: `${fields[0]}${more} changed` });
      continue;
    }
    for (const { id } of changed) {
      if (id.namespace !== planned.id.namespace) continue;
      const uses = usesOf(template.spec, id.kind as 'ConfigMap' | 'Secret', id.name);
      const stale = uses.find((use) => use === 'environment' || use === 'subPath');
      if (stale !== undefined) {
        const how = stale === 'environment' ? 'is read as environment' : 'is mounted with a subPath';
        restarts.push({ application, object, pods, kind: 'needed', reason: `${formatObject(id)} ${how}` });
      } else if (uses.includes('volume')) {
        restarts.push({
          application,
          object,
          pods,
          kind: 'refreshed',
          reason: `${formatObject(id)} is mounted as files`,
        });
      }
    }
  }
  return restarts.sort((a, b) => (a.object < b.object ? -1 : a.object > b.object ? 1 : 0));
}

/** ConfigMaps and Secrets of which a value changes. */
function changedConfiguration(base: PlannedObjects, head: PlannedObjects): readonly PlannedObject[] {
  return [...head.values()].filter(({ key, id, object, digest }) => {
    if (id.kind !== 'ConfigMap' && id.kind !== 'Secret') return false;
    const before = base.get(key);
    if (before === undefined || before.digest === digest) return false;
    return ['data', 'binaryData'].some((field) => !jsonEqual(object[field] ?? {}, before.object[field] ?? {}));
  });
}

function changedTemplateFields(before: PlannedObject, after: PlannedObject): readonly string[] {
  if (before.digest === after.digest) return [];
  const fields = diffObjects(before.object, after.object).map(({ path }) => formatFieldPath(path));
  return fields.filter((field) => field.startsWith('spec.template.'));
}
