import type { LoadedCommit } from '../../gitops/index.ts';
import type { Pod } from '../../objects/types.ts';
import { computeImages } from '../../plan/impact/index.ts';
import type { ImageReport } from '../../report/index.ts';
import type { Entry } from '../../store/index.ts';
import type { PlanRequest } from './plan-change.ts';
import { plannedObjects } from './planned-objects.ts';

export interface ImagesInput {
  readonly base: LoadedCommit | undefined;
  readonly head: LoadedCommit;
  readonly entries: readonly Entry[];
}

/** Images of the objects that a change touches, with what their registries say where that was asked for. */
export async function askRegistries(
  { lookUpImages }: PlanRequest,
  { base, head, entries }: ImagesInput,
): Promise<readonly ImageReport[]> {
  const before = plannedObjects(base);
  const after = plannedObjects(head, before);
  const touched = [...before, ...after].filter(([key]) => before.get(key)?.digest !== after.get(key)?.digest);
  const uses = computeImages(before, after, new Set(touched.map(([key]) => key)));
  const answers = await lookUpImages?.(uses.filter(({ change }) => change !== 'removed').map(({ image }) => image));
  const running = runningDigests(entries, new Set(uses.map(({ image }) => image)));
  return uses.map((use) => {
    const answer = answers?.get(use.image) ?? { found: 'unknown' as const, detail: 'registries were not asked' };
    const runningDigest = running.get(use.image);
    return { ...use, ...answer, ...(runningDigest === undefined ? {} : { runningDigest }) };
  });
}

/** What runs under each of these names: `name@sha256:…` in the status of a container. */
function runningDigests(entries: readonly Entry[], names: ReadonlySet<string>): ReadonlyMap<string, string> {
  const digests = new Map<string, string>();
  for (const entry of entries) {
    if (!entry.key.startsWith('/core/pods/')) continue;
    for (const { image, imageID } of (entry.value as unknown as Pod).status?.containerStatuses ?? []) {
      if (!names.has(image)) continue;
      const digest = /sha256:[0-9a-f]{64}$/.exec(imageID)?.[0];
      if (digest !== undefined && imageID.includes('@')) digests.set(image, digest);
    }
  }
  return digests;
}
