import { findKindsNamed, storageKeyOf } from '../../objects/index.ts';
import type { KubernetesObject } from '../../objects/types.ts';
import type { LiveView } from '../../plan/findings/index.ts';
import { shownOf } from '../../simulate/rehearsal/index.ts';
import type { Entry } from '../../store/index.ts';

/** What the entries of a store have, as rules ask for it. */
export function createLiveView(entries: readonly Entry[]): LiveView {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  let byPlace: ReadonlyMap<string, readonly Entry[]> | undefined;
  return {
    find: (kind, namespace, name) => {
      const apiVersion = findKindsNamed(kind)[0]?.apiVersion;
      if (apiVersion === undefined) return undefined;
      const entry = byKey.get(
        storageKeyOf({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) }),
      );
      return entry === undefined ? undefined : objectOf(entry);
    },
    list: (kind, namespace) => {
      byPlace ??= groupByPlace(entries);
      return (byPlace.get(`${kind}/${namespace}`) ?? []).map(objectOf);
    },
  };
}

function objectOf({ value }: Entry): KubernetesObject {
  return value as unknown as KubernetesObject;
}

/** Nothing is completed for it: only what is asked for is. */
function groupByPlace(entries: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const { kind, metadata } = shownOf(entry) as unknown as Partial<KubernetesObject>;
    if (kind === undefined || metadata?.namespace === undefined) continue;
    const place = `${kind}/${metadata.namespace}`;
    const group = groups.get(place);
    if (group === undefined) groups.set(place, [entry]);
    else group.push(entry);
  }
  return groups;
}
