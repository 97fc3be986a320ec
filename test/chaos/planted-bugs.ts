/** A bug that the simulator must find, as a replacement in one source file. */
export interface PlantedBug {
  readonly name: string;
  readonly file: string;
  /** Stands in the file exactly once; whoever moves the line moves it here, too. */
  readonly find: string;
  readonly replace: string;
  /** The checkers that may notice it. */
  readonly foundBy: readonly string[];
  /** The kept history, in `test/simulator/regressions`, that goes wrong with it: seeds find it too, and need longer. */
  readonly history?: string;
  /** A seed that is known to find it fast is played first; others follow. */
  readonly seed?: number;
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
    seed: 2,
  },
  {
    name: 'pruned before the successor is healthy',
    file: 'src/gitops/application-reconciler.ts',
    find: '!attempt.isPruned && isProven &&',
    replace: '!attempt.isPruned &&',
    foundBy: ['prune'],
  },
  {
    name: 'a second container when the sandbox has died',
    file: 'src/kubelet/compute-pod-actions.ts',
    find: "if (runningContainers(snapshot.observed).length > 0) return stopAll(snapshot, decision, 'the sandbox has died');",
    replace: '',
    foundBy: ['one container of a name'],
    seed: 3,
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
    seed: 2,
  },
  {
    name: 'a finalizer that nobody takes away',
    file: 'src/controllers/namespace/compute-namespace.ts',
    find: 'const others = finalizers.filter((finalizer) => finalizer !== NAMESPACE_FINALIZER);',
    replace: 'const others = finalizers;',
    foundBy: ['convergence', 'write loops', 'progress of time'],
    seed: 2,
  },
  {
    name: 'a status that is written again and again',
    file: 'src/kubelet/node-status.ts',
    find: 'lastHeartbeatTime: (isSame ? known.lastHeartbeatTime : undefined) ?? now,',
    replace: 'lastHeartbeatTime: isSame ? now : now,',
    foundBy: ['quiet', 'write loops', 'progress of time'],
    seed: 2,
  },
  {
    name: 'pods of another owner are taken for one’s own',
    file: 'src/controllers/ownership/claim-objects.ts',
    find: 'if (controller !== undefined && controller.uid !== owner.metadata.uid) continue;',
    replace: '',
    foundBy: ['pods', 'convergence', 'rollout bounds'],
    seed: 2,
  },
  {
    name: 'drift is not seen where something was deleted by hand',
    file: 'src/gitops/is-drift.ts',
    find: 'if (object === undefined || previous === undefined) return true;',
    replace: 'if (object === undefined || previous === undefined) return false;',
    foundBy: ['convergence'],
    seed: 2,
  },
  {
    name: 'a torn tail of the log stays',
    file: 'src/store/disk/disk-store.ts',
    find: 'disk.openAppender(last.name, last.sizeBytes - last.tornBytes)',
    replace: 'disk.openAppender(last.name, last.sizeBytes)',
    foundBy: ['durability', 'escaped errors'],
    seed: 2,
  },
  {
    name: 'Secrets on the status branch',
    file: 'src/gitops/status/redact-object.ts',
    find: "object['kind'] === 'Secret' || object['kind'] === 'ConfigMap'",
    replace: "object['kind'] === 'ConfigMap'",
    foundBy: ['secrets'],
    seed: 2,
  },
  {
    name: 'a node that is too full gets more pods',
    file: 'src/scheduler/fit-class.ts',
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
    seed: 2,
  },
  {
    name: 'the kernel is told of endpoints that are not on disk',
    file: 'src/network/proxy/service-proxy.ts',
    find: 'await client.durable();',
    replace: '',
    foundBy: ['external synchrony'],
    seed: 2,
  },
  {
    name: 'a pod of a Job is counted twice',
    file: 'src/controllers/job/job-tally.ts',
    find: '(uncounted.succeeded?.length ?? 0) + newSucceeded.length',
    replace: '(uncounted.succeeded?.length ?? 0) + newSucceeded.length * 2',
    foundBy: ['workloads'],
    seed: 2,
  },
  {
    name: 'a pod of a StatefulSet does not wait for those before it',
    file: 'src/controllers/stateful-set/compute-stateful-set.ts',
    find: '      continue;\n    }\n    if (isOrdered) return { actions, mustWait: true };',
    replace: '      continue;\n    }',
    foundBy: ['workloads'],
  },
  {
    name: 'pods of a Job that is gone keep its finalizer',
    file: 'src/controllers/job/job-controller.ts',
    find: 'if (owner === undefined || owner.metadata.uid !== controller?.uid) this.#client.update(withoutTracking(pod));',
    replace: '',
    foundBy: ['convergence'],
    seed: 2,
  },
  {
    name: 'a StatefulSet does not take up the revisions of its predecessor',
    file: 'src/controllers/revisions/apply-revisions.ts',
    find: 'return computeRevisions({ ...snapshot, revisions: client.listObjects(REVISION_KIND, { namespace }) });',
    replace: 'return result;',
    foundBy: ['convergence'],
    history: 'orphaned-revisions',
  },
  {
    name: 'failed pods of a Job are held in a namespace that is going',
    file: 'src/controllers/job/compute-job.ts',
    find: ' || snapshot.isNamespaceGoing === true;',
    replace: ';',
    foundBy: ['convergence'],
    history: 'held-failures-in-a-terminating-namespace',
  },
  {
    name: 'a finished Job outlives its time to live',
    file: 'src/controllers/ttl-after-finished/ttl-after-finished-controller.ts',
    find: 'if (waitMs > 0) return { requeueAfterMs: waitMs };',
    replace: 'if (waitMs > 0) return {};',
    foundBy: ['convergence'],
    history: 'time-to-live-after-the-clock-was-put-back',
  },
  {
    name: 'a suspended CronJob runs on',
    file: 'src/controllers/cron-job/compute-cron-job.ts',
    find: 'if (suspend === true) return idle;',
    replace: 'void suspend;',
    foundBy: ['quiet', 'convergence'],
    seed: 2,
  },
  {
    name: 'a watch is told of the newest of several commits only',
    file: 'src/store/memory/watch-channel.ts',
    find: 'this.#delivered++;',
    replace: 'this.#delivered = this.#target;',
    foundBy: ['durability', 'escaped errors'],
  },
];
