import { declaresNothing, defaultedManifest, type LoadedCommit } from '../../gitops/index.ts';
import type { PlannedObject, PlannedObjects } from '../../plan/findings/planned-object.ts';

/**
 * Everything that a commit declares, by storage key. What two applications both declare is the first one's. An
 * application that does not load, or whose folder declares nothing any more, changes nothing: it goes on declaring what
 * `before` has of it, as the box keeps what runs.
 */
export function plannedObjects(commit: LoadedCommit | undefined, before?: PlannedObjects): PlannedObjects {
  const objects = new Map<string, PlannedObject>();
  for (const { application, loaded } of commit?.applications ?? []) {
    const isRefused = declaresNothing(loaded) || loaded.problems.some(({ severity }) => severity === 'error');
    if (before !== undefined && isRefused) {
      for (const [key, known] of before) if (known.application === application.name) objects.set(key, known);
      continue;
    }
    for (const declared of loaded.objects) {
      const { key, id, digest, decode, locate } = declared;
      if (objects.has(key)) continue;
      const object = defaultedManifest(declared);
      objects.set(key, { key, id, digest, application: application.name, decode, object, locate });
    }
  }
  return objects;
}
