import type { Client } from '../../api/client.ts';
import type { StoredMeta } from '../../objects/types.ts';
import { referenceTo } from '../manager/object-key.ts';
import {
  computeRevisionCleanup,
  computeRevisions,
  type RevisionAction,
  type RevisionsResult,
  type RevisionsSnapshot,
} from './compute-revisions.ts';

export const REVISION_KIND = { apiVersion: 'apps/v1', kind: 'ControllerRevision' } as const;

/** Carries out what `computeRevisions` and `computeRevisionCleanup` say. */
export function applyRevisions(client: Client, actions: readonly RevisionAction[]): void {
  for (const action of actions) {
    if (action.type === 'createRevision') client.create(action.object);
    else if (action.type === 'adoptRevision')
      client.patch(referenceTo(action.revision), 'merge', {
        metadata: { ownerReferences: (action.ownerReferences ?? []).map((reference) => ({ ...reference })) },
      });
    else if (action.type === 'deleteRevision') client.delete(referenceTo(action.revision));
    else client.patch(referenceTo(action.revision), 'merge', { revision: action.number });
  }
}

/**
 * Reads what `computeRevisions` needs, and asks it. Only where a new revision would be made is it worth to look for
 * orphans in the namespace.
 */
export function decideRevisions(client: Client, snapshot: Omit<RevisionsSnapshot, 'revisions'>): RevisionsResult {
  const { uid, namespace = '' } = snapshot.owner.metadata;
  const own = client.listObjects(REVISION_KIND, { namespace, ownerUid: uid });
  const result = computeRevisions({ ...snapshot, revisions: own });
  if (!result.actions.some(({ type }) => type === 'createRevision')) return result;
  return computeRevisions({ ...snapshot, revisions: client.listObjects(REVISION_KIND, { namespace }) });
}

interface OwnerWithHistory {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMeta;
  readonly spec?: { readonly revisionHistoryLimit?: number } | undefined;
}

/** "revisionHistoryLimit: the number of old history to retain to allow rollback. Defaults to 10" (apps/v1). */
const DEFAULT_HISTORY = 10;

/** Deletes the owner's revisions beyond its limit. */
export function cleanUpRevisions(
  client: Client,
  owner: OwnerWithHistory,
  use: { readonly inUse: ReadonlySet<string>; readonly countsAllBut?: string },
): void {
  const { uid, namespace = '' } = owner.metadata;
  const revisions = client.listObjects(REVISION_KIND, { namespace, ownerUid: uid });
  const limit = owner.spec?.revisionHistoryLimit ?? DEFAULT_HISTORY;
  applyRevisions(client, computeRevisionCleanup({ owner, revisions }, { limit, ...use }));
}
