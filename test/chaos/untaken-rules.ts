/** A branch of a `compute-*.ts` that no simulated history takes, and why none can. */
export interface UntakenRule {
  readonly file: string;
  /** The line on which it begins, without its indentation; stands in the file exactly once. Whoever changes the line changes it here, too. */
  readonly line: string;
  readonly why: string;
  /** The test that takes it. */
  readonly heldBy: string;
}

const OLDER_DATA =
  'the API refuses to store this; the store may be of a Berth, or the time zones of a Node, that knew more than those which read it';

export const UNTAKEN_RULES: readonly UntakenRule[] = [
  {
    file: 'src/controllers/cron-job/compute-cron-job.ts',
    line: 'if (zoneProblem !== undefined) {',
    why: OLDER_DATA,
    heldBy: 'src/controllers/cron-job/compute-cron-job.test.ts',
  },
  {
    file: 'src/controllers/cron-job/compute-cron-job.ts',
    line: "if ('problem' in parsed) {",
    why: OLDER_DATA,
    heldBy: 'src/controllers/cron-job/compute-cron-job.test.ts',
  },
  {
    file: 'src/controllers/horizontal-pod-autoscaler/compute-horizontal-pod-autoscaler.ts',
    line: "): Pick<AutoscalerActions, 'events' | 'status'> {",
    why: 'the API refuses no size within the bounds of an autoscaler, as long as the rest of the target is one that it would take today',
    heldBy: 'src/controllers/horizontal-pod-autoscaler/compute-horizontal-pod-autoscaler.test.ts',
  },
  {
    file: 'src/controllers/horizontal-pod-autoscaler/compute-horizontal-pod-autoscaler.ts',
    line: "if (target.selector === '') {",
    why: 'every kind with a `scale` subresource has a selector that the API wants to say something; without this one, all pods would be meant',
    heldBy: 'src/controllers/horizontal-pod-autoscaler/compute-horizontal-pod-autoscaler.test.ts',
  },
  {
    file: 'src/controllers/namespace/compute-namespace.ts',
    line: "? on('NamespaceDeletionContentFailure', 'ContentDeletionFailed', failed)",
    why: 'nothing in a namespace is refused to its controller when that deletes it; admission that a later Berth may have could do so',
    heldBy: 'src/controllers/namespace/namespace-controller.test.ts',
  },
  {
    file: 'src/kubelet/volumes/compute-mounts.ts',
    line: `if (volume === undefined) throw new MissingConfigError(\`no volume named "\${mount.name}"\`);`,
    why: OLDER_DATA,
    heldBy: 'src/kubelet/volumes/volumes.test.ts',
  },
  {
    file: 'src/network/compute-rules.ts',
    line: 'return parseIpv4(address) === undefined ? [] : [{ address, port, conditions, nodeName, hints }];',
    why: 'the API refuses an address that is none; what goes to the kernel as text is looked at here all the same',
    heldBy: 'src/network/compute-rules.test.ts',
  },
  {
    file: 'src/controllers/cron-job/compute-cron-job.ts',
    line: 'const waiting = { ...idle, requeueAfterMs: nextMs === undefined ? undefined : nextMs - snapshot.nowMs + LATE_MS };',
    why: 'a run is due of a schedule that has no further time within five years: the first such one is 29 February 2096',
    heldBy: 'src/controllers/cron-job/compute-cron-job.test.ts',
  },
  {
    file: 'src/kubelet/eviction/compute-eviction.ts',
    line: "const isEngines = signal.startsWith('imagefs.');",
    why: 'a simulated machine has one disk',
    heldBy: 'src/kubelet/eviction/compute-eviction.test.ts',
  },
];
