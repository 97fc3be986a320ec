/** A bug that the simulator must find, as a replacement in one source file. */
export interface PlantedBug {
  readonly name: string;
  readonly file: string;
  /** Stands in the file exactly once; whoever moves the line moves it here, too. */
  readonly find: string;
  readonly replace: string;
  /** The checkers that may notice it. */
  readonly foundBy: readonly string[];
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'the engine is called before the pod is on disk',
    file: 'src/kubelet/pod-worker.ts',
    find: 'await client.durable(revision);',
    replace: '',
    foundBy: ['external synchrony'],
  },
  {
    name: 'the status branch shows what is not on disk',
    file: 'src/gitops/status/status-publisher.ts',
    find: 'await client.durable();',
    replace: '',
    foundBy: ['external synchrony'],
  },
  {
    name: 'pruned before the successor is healthy',
    file: 'src/gitops/application-reconciler.ts',
    find: '!attempt.isPruned && isProven() &&',
    replace: '!attempt.isPruned &&',
    foundBy: ['prune'],
  },
  {
    name: 'a second container when the sandbox has died',
    file: 'src/kubelet/compute-pod-actions.ts',
    find: "if (runningContainers(snapshot.observed).length > 0) return stopAll(snapshot, decision, 'the sandbox has died');",
    replace: '',
    foundBy: ['one container of a name'],
  },
  {
    name: 'maxUnavailable rounded up',
    file: 'src/controllers/deployment/deployment-spec.ts',
    find: "podsOf(bounds.maxUnavailable, replicas, 'down')",
    replace: "podsOf(bounds.maxUnavailable, replicas, 'up')",
    foundBy: ['rollout bounds'],
  },
  {
    name: 'a lost inventory entry',
    file: 'src/gitops/apply-objects.ts',
    find: 'if (known?.digest === digest && known.uid === uid) return;',
    replace: "if ((known?.digest === digest && known.uid === uid) || id.namespace === 'default') return;",
    foundBy: ['convergence'],
  },
  {
    name: 'a finalizer that nobody takes away',
    file: 'src/controllers/namespace/compute-namespace.ts',
    find: 'const others = finalizers.filter((finalizer) => finalizer !== NAMESPACE_FINALIZER);',
    replace: 'const others = finalizers;',
    foundBy: ['convergence', 'write loops', 'progress of time'],
  },
  {
    name: 'a status that is written again and again',
    file: 'src/kubelet/node-status.ts',
    find: 'lastHeartbeatTime: (isSame ? known.lastHeartbeatTime : undefined) ?? now,',
    replace: 'lastHeartbeatTime: isSame ? now : now,',
    foundBy: ['quiet', 'write loops', 'progress of time'],
  },
  {
    name: 'pods of another owner are taken for one’s own',
    file: 'src/controllers/ownership/claim-objects.ts',
    find: 'if (controller !== undefined && controller.uid !== owner.metadata.uid) continue;',
    replace: '',
    foundBy: ['pods', 'convergence', 'rollout bounds'],
  },
  {
    name: 'drift is not seen where something was deleted by hand',
    file: 'src/gitops/is-drift.ts',
    find: 'if (object === undefined || previous === undefined) return true;',
    replace: 'if (object === undefined || previous === undefined) return false;',
    foundBy: ['convergence'],
  },
  {
    name: 'a torn tail of the log stays',
    file: 'src/store/disk/disk-store.ts',
    find: 'disk.openAppender(last.name, last.sizeBytes - last.tornBytes)',
    replace: 'disk.openAppender(last.name, last.sizeBytes)',
    foundBy: ['durability', 'escaped errors'],
  },
  {
    name: 'Secrets on the status branch',
    file: 'src/gitops/status/redact-object.ts',
    find: "object['kind'] === 'Secret' || object['kind'] === 'ConfigMap'",
    replace: "object['kind'] === 'ConfigMap'",
    foundBy: ['secrets'],
  },
  {
    name: 'a node that is too full gets more pods',
    file: 'src/scheduler/plugins/node-resources.ts',
    find: 'if (requests.milliCpu > 0 && requests.milliCpu > allocatable.milliCpu - requested.milliCpu) return false;',
    replace: '',
    foundBy: ['pods'],
  },
  {
    name: 'the log is told to be on disk before its sync',
    file: 'src/store/disk/log-writer.ts',
    find: 'await appender.appendSynced([frames]);',
    replace: 'await appender.append([frames]);',
    foundBy: ['durability', 'escaped errors'],
  },
];
