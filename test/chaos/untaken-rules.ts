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

const ZONES =
  'luck: a simulated box and its further nodes are three, so that few histories share a service out among zones, and none comes to this';
const ADMISSION =
  'no history binds a pod to a node by its name that asks too much of it or the wrong thing, or tolerates full memory';

const ENDPOINTS =
  'no history writes Endpoints with annotations, or has them held by a finalizer while they are being deleted';

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
    file: 'src/controllers/node-lifecycle/compute-node-taints.ts',
    line: "const mayEvict = evictions === 'allowed' || (evictions === 'stopped' && isEvicting);",
    why: 'evictions are stopped where three nodes are down and another is not; a simulated box and its further nodes are three',
    heldBy: 'src/controllers/node-lifecycle/node-lifecycle.test.ts',
  },
  {
    file: 'src/controllers/pod-garbage-collector/compute-pod-garbage.ts',
    line: 'const ageOf = ({ metadata, status }: Pod) =>',
    why: 'twelve thousand ended pods: no seed has so many',
    heldBy: 'src/controllers/pod-garbage-collector/compute-pod-garbage.test.ts',
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
    why: 'a run that is due of a schedule that has no further time: no history has one',
    heldBy: 'src/controllers/cron-job/compute-cron-job.test.ts',
  },
  {
    file: 'src/controllers/endpoint-slice/compute-endpoint-slices.ts',
    line: 'if (service.metadata.deletionTimestamp !== undefined) return undefined;',
    why: 'luck: no history of three hundred comes to it, and no episode leads there yet',
    heldBy: 'src/controllers/endpoint-slice/compute-endpoint-slices.test.ts',
  },
  {
    file: 'src/controllers/endpoint-slice/compute-hints.ts',
    line: "return { packed: near, ...(wasHinted ? disabled('Topology Aware Hints has been disabled', addressType) : {}) };",
    why: ZONES,
    heldBy: 'src/controllers/endpoint-slice/compute-hints.test.ts',
  },
  {
    file: 'src/kubelet/admission/compute-admission.ts',
    line: 'if ((specOf(pod).tolerations ?? []).some((toleration) => toleratesTaint(toleration, taint))) return undefined;',
    why: ADMISSION,
    heldBy: 'src/kubelet/admission/compute-admission.test.ts',
  },
  {
    file: 'src/kubelet/admission/compute-admission.ts',
    line: 'const [short] = shortResources(pod.requests, node).filter((each) => !isUnknownExtension(each, node));',
    why: ADMISSION,
    heldBy: 'src/kubelet/admission/compute-admission.test.ts',
  },
  {
    file: 'src/kubelet/admission/compute-admission.ts',
    line: 'const { name, wanted, taken, total } = short;',
    why: ADMISSION,
    heldBy: 'src/kubelet/admission/compute-admission.test.ts',
  },
  {
    file: 'src/kubelet/admission/compute-admission.ts',
    line: 'function isUnknownExtension({ name }: ShortResource, { allocatable }: NodeInfo): boolean {',
    why: ADMISSION,
    heldBy: 'src/kubelet/admission/compute-admission.test.ts',
  },
  {
    file: 'src/kubelet/admission/compute-admission.ts',
    line: 'if (!matchesNodeSelection(specOf(pod), node))',
    why: ADMISSION,
    heldBy: 'src/kubelet/admission/compute-admission.test.ts',
  },
  {
    file: 'src/kubelet/eviction/compute-eviction.ts',
    line: "const isEngines = signal.startsWith('imagefs.');",
    why: 'a simulated machine has one disk',
    heldBy: 'src/kubelet/eviction/compute-eviction.test.ts',
  },
  {
    file: 'src/kubelet/eviction/compute-storage-limits.ts',
    line: 'if (limit !== undefined && (emptyDirs.get(name) ?? 0) > amountOf(limit))',
    why: 'luck: no history of three hundred comes to it, and no episode leads there yet',
    heldBy: 'src/kubelet/eviction/compute-storage-limits.test.ts',
  },
  {
    file: 'src/controllers/endpoint-slice/compute-hints.ts',
    line: 'return new Map(needs.map(({ zone, ...need }) => [zone, { ...need, maximum: need.minimum + count - minTotal }]));',
    why: ZONES,
    heldBy: 'src/controllers/endpoint-slice/compute-hints.test.ts',
  },
  {
    file: 'src/controllers/endpoint-slice/compute-hints.ts',
    line: '): boolean {',
    why: ZONES,
    heldBy: 'src/controllers/endpoint-slice/compute-hints.test.ts',
  },
  {
    file: 'src/controllers/endpoint-slice/compute-hints.ts',
    line: 'function exchanges(allocations: ReadonlyMap<string, Allocation>, counts: ReadonlyMap<string, number>): Exchanges {',
    why: ZONES,
    heldBy: 'src/controllers/endpoint-slice/compute-hints.test.ts',
  },
  {
    file: 'src/controllers/endpoint-slice/compute-hints.ts',
    line: 'function greatest(amounts: ReadonlyMap<string, number>): readonly [string, number] {',
    why: ZONES,
    heldBy: 'src/controllers/endpoint-slice/compute-hints.test.ts',
  },
  {
    file: 'src/controllers/endpoint-slice/compute-hints.ts',
    line: 'function redistribute(open: readonly Endpoint[], zones: Map<Endpoint, string>, { giving, receiving }: Exchanges): void {',
    why: ZONES,
    heldBy: 'src/controllers/endpoint-slice/compute-hints.test.ts',
  },
  {
    file: 'src/controllers/endpoint-slice/compute-hints.ts',
    line: 'function withOwnHints(entry: PackedSlice): PackedSlice {',
    why: ZONES,
    heldBy: 'src/controllers/endpoint-slice/compute-hints.test.ts',
  },
  {
    file: 'src/controllers/endpoint-slice/compute-hints.ts',
    line: 'function enabled(addressType: AddressType): { readonly report: HintReport } {',
    why: ZONES,
    heldBy: 'src/controllers/endpoint-slice/compute-hints.test.ts',
  },
  {
    file: 'src/controllers/endpoint-slice/compute-hints.ts',
    line: 'const counts = new Map<string, number>();',
    why: ZONES,
    heldBy: 'src/controllers/endpoint-slice/compute-hints.test.ts',
  },
  {
    file: 'src/controllers/endpoint-slice/compute-mirrored-slices.ts',
    line: 'Object.entries(endpoints.metadata.annotations ?? {}).filter(([key]) => !OWN_ANNOTATIONS.includes(key)),',
    why: ENDPOINTS,
    heldBy: 'src/controllers/endpoint-slice/compute-mirrored-slices.test.ts',
  },
  {
    file: 'src/controllers/endpoint-slice/compute-mirrored-slices.ts',
    line: 'if (endpoints.metadata.deletionTimestamp !== undefined) return undefined;',
    why: ENDPOINTS,
    heldBy: 'src/controllers/endpoint-slice/compute-mirrored-slices.test.ts',
  },
];
