import type { Client } from '../../api/client.ts';
import { isControlledBy, type LabelSelector } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import { claimObjects, type OwnerIdentity, withController, withoutOwner } from './claim-objects.ts';
import { listCandidates } from './list-candidates.ts';

interface SelectingOwner extends OwnerIdentity {
  readonly spec?: { readonly selector?: LabelSelector } | undefined;
}

/** The pods that the owner controls, in any state. */
export function podsOf(client: Client, { metadata }: OwnerIdentity): readonly Pod[] {
  const owned = client.list('Pod', { namespace: metadata.namespace ?? '', ownerUid: metadata.uid });
  return owned.filter((pod) => isControlledBy(pod, { metadata }));
}

export interface ClaimOptions {
  /** Pods for which this is false are neither taken nor let go. Default: it is true. */
  readonly isMember?: (pod: Pod) => boolean;
  /** What else a pod gets that is taken, and loses that is let go. Default: nothing. */
  readonly mark?: (pod: Pod) => Pod;
  readonly unmark?: (pod: Pod) => Pod;
}

/** Takes the pods that match the owner's selector and have no controller, and lets go of those that match no longer. */
export function claimPods(client: Client, owner: SelectingOwner, options: ClaimOptions = {}): void {
  const { isMember = () => true, mark = asItIs, unmark = asItIs } = options;
  const candidates = listCandidates(client, 'Pod', owner).filter(isMember);
  const { adopt, release } = claimObjects(owner, owner.spec?.selector, candidates);
  for (const pod of adopt) client.update(mark(withController(pod, owner)));
  for (const pod of release) client.update(unmark(withoutOwner(pod, owner.metadata.uid)));
}

function asItIs(pod: Pod): Pod {
  return pod;
}
