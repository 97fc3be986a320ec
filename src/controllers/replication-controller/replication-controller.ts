import type { ReplicationController } from '../../objects/types.ts';
import type { ControllerContext } from '../controller.ts';
import type { ReplicaKeeper } from '../replica-set/compute-replica-set.ts';
import { ReplicaSetController } from '../replica-set/replica-set-controller.ts';

/**
 * "ReplicaSet is the next-generation ReplicationController that supports the new set-based label selector"
 * (ReplicationController, kubernetes.io): the older kind is run by the code of the newer one, in its shape.
 */
export function createReplicationController(context: ControllerContext): ReplicaSetController {
  return new ReplicaSetController(context, {
    controllerName: 'replication-controller',
    kind: 'ReplicationController',
    get: (client, name) => {
      const found = client.get('ReplicationController', name);
      return found && asReplicaSet(found);
    },
  });
}

/** Its selector is a plain map of labels; a template always is there once it is stored. */
function asReplicaSet({ spec, ...rest }: ReplicationController): ReplicaKeeper {
  const { selector, template, ...counts } = spec ?? {};
  const matchLabels = selector ?? template?.metadata?.labels ?? {};
  return { ...rest, spec: { ...counts, selector: { matchLabels }, ...(template === undefined ? {} : { template }) } };
}
