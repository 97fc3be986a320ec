import type { CpuShare, SimImage } from '../runtime/sim/sim-behaviour.ts';

/** How long a container of a good image takes until it listens; spread by its pod, so that pods do not move in step. */
function warmUpMs(podUid: string): number {
  return 200 + (Number.parseInt(podUid.slice(0, 4), 16) % 2_000);
}

/**
 * Half of the pods are busy for a while, and all come to rest: an autoscaler has something to do, and some day nothing
 * more.
 */
function cpuShareOf(podUid: string): readonly CpuShare[] {
  const isBusy = Number.parseInt(podUid.slice(4, 6), 16) % 2 === 0;
  return [
    { fromMs: 0, share: isBusy ? 0.15 : 0.02 },
    { fromMs: 150_000, share: 0.02 },
  ];
}

const BEHAVIOURS: Readonly<Record<string, SimImage>> = {
  app: { process: ({ pod }) => ({ listensAfterMs: warmUpMs(pod.uid), cpuShare: cpuShareOf(pod.uid) }) },
  slow: { process: { listensAfterMs: 20_000 } },
  stubborn: { process: { ignoresTerm: true } },
  flaky: {
    process: ({ attempt }) => (attempt < 2 ? { exit: { afterMs: 700, code: 1 }, ports: [] } : { listensAfterMs: 300 }),
  },
  // Jobs and init containers: one pod of four fails at first, and its successor need not.
  task: {
    process: ({ pod, attempt }) => ({
      exit: { afterMs: warmUpMs(pod.uid), code: attempt === 0 && pod.uid.charCodeAt(0) % 4 === 0 ? 1 : 0 },
      ports: [],
    }),
  },
  // What its first container does: stop answering after a while, or not begin in time.
  ailing: {
    process: ({ attempt }) =>
      attempt > 0 ? {} : { http: ({ uptimeMs }) => ({ status: uptimeMs < 15_000 ? 200 : 503, body: 'ailing' }) },
  },
  late: { process: ({ attempt }) => ({ listensAfterMs: attempt > 0 ? 500 : 30_000 }) },
  hanging: {
    process: ({ attempt }) =>
      attempt > 0
        ? {}
        : { ignoresTerm: true, exec: ({ uptimeMs }) => ({ exitCode: uptimeMs < 10_000 ? 0 : 1, stdout: 'hangs' }) },
  },
  hookless: {
    process: ({ attempt }) => ({
      listensAfterMs: 300,
      ...(attempt > 0 ? {} : { exec: () => ({ exitCode: 1, stderr: 'no such hook' }) }),
    }),
  },
  writing: { process: { listensAfterMs: 300, diskBytes: 50 * 1024 ** 2 } },
  // Images that do not run as root.
  named: { user: 'somebody' },
  numbered: { user: '1000:1000' },
  // Beside the container of a pod, whose network it shares: on the same port it would pass the probes of that one in
  // its stead.
  sidecar: { process: ({ pod }) => ({ listensAfterMs: warmUpMs(pod.uid), ports: [9090] }) },
  // From here on bad for good.
  missing: { pull: 'missing' },
  private: { pull: 'unauthorized' },
  crashing: {
    process: {
      exit: { afterMs: 500, code: 1 },
      ports: [],
      logs: [{ atMs: 100, text: 'cannot go on', stream: 'stderr' }],
    },
  },
  unready: { process: { ports: [] } },
};

/** Images that become ready in the end. */
export const GOOD_IMAGES = ['app', 'app', 'app', 'slow', 'stubborn', 'flaky'] as const;
/** Images that never do, with what the verdict must name as the cause. */
export const BAD_IMAGES: Readonly<Record<string, RegExp>> = {
  missing: /ImagePullBackOff|ErrImagePull|manifest unknown|ProgressDeadlineExceeded|progress/,
  private: /ImagePullBackOff|ErrImagePull|unauthorized|ProgressDeadlineExceeded|progress/,
  crashing: /CrashLoopBackOff|[Bb]ack-?off|ProgressDeadlineExceeded|progress|exit/,
  unready: /[Rr]eady|available|updated|ProgressDeadlineExceeded|progress/,
};

export const IMAGE_TAGS = 6;

/** Every image that the user of a simulated world pushes, by name and tag. */
export const SIM_IMAGES: Readonly<Record<string, SimImage>> = Object.fromEntries(
  Object.entries(BEHAVIOURS).flatMap(([name, image]) =>
    Array.from({ length: IMAGE_TAGS }, (_, index) => [`${name}:${index + 1}`, image] as const),
  ),
);
