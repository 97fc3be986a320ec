import { findKindsNamed, storageKeyOf } from '../../objects/index.ts';
import type { KubernetesObject } from '../../objects/types.ts';
import type { LiveView } from '../../plan/findings/index.ts';
import type { Entry } from '../../store/index.ts';

/** What the entries of a store have, as rules ask for it. */
export function createLiveView(entries: readonly Entry[]): LiveView {
  const byKey = new Map(entries.map(({ key, value }) => [key, value as unknown as KubernetesObject]));
  let byPlace: ReadonlyMap<string, readonly KubernetesObject[]> | undefined;
  return {
    find: (kind, namespace, name) => {
      const apiVersion = findKindsNamed(kind)[0]?.apiVersion;
      if (apiVersion === undefined) return undefined;
      return byKey.get(storageKeyOf({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) }));
    },
    list: (kind, namespace) => {
      byPlace ??= groupByPlace(entries);
      return byPlace.get(`${kind}/${namespace}`) ?? [];
    },
  };
}

function groupByPlace(entries: readonly Entry[]): ReadonlyMap<string, readonly KubernetesObject[]> {
  const groups = new Map<string, KubernetesObject[]>();
  for (const { value } of entries) {
    const { kind, metadata } = value as unknown as Partial<KubernetesObject>;
    if (kind === undefined || metadata?.namespace === undefined) continue;
    const place = `${kind}/${metadata.namespace}`;
    const group = groups.get(place);
    if (group === undefined) groups.set(place, [value as unknown as KubernetesObject]);
    else group.push(value as unknown as KubernetesObject);
  }
  return groups;
}
