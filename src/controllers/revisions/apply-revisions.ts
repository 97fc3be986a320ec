import type { Client } from '../../api/client.ts';
import { referenceTo } from '../manager/object-key.ts';
import type { RevisionAction } from './compute-revisions.ts';

export const REVISION_KIND = { apiVersion: 'apps/v1', kind: 'ControllerRevision' } as const;

/** Carries out what `computeRevisions` and `computeRevisionCleanup` say. */
export function applyRevisions(client: Client, actions: readonly RevisionAction[]): void {
  for (const action of actions) {
    if (action.type === 'createRevision') client.create(action.object);
    else if (action.type === 'deleteRevision') client.delete(referenceTo(action.revision));
    else client.patch(referenceTo(action.revision), 'merge', { revision: action.number });
  }
}
