import type { SimImage, SimTimings } from '../../../src/runtime/sim/sim-behaviour.ts';

/** The same duration for every call, so that a timeline can be read: a pod on the box is ready after about a second. */
export const TIMINGS: SimTimings = {
  query: [1, 1],
  pull: [1_000, 1_000],
  runSandbox: [200, 200],
  createContainer: [10, 10],
  startContainer: [100, 100],
  heedStop: [500, 500],
  remove: [10, 10],
  exec: [20, 20],
  event: [10, 10],
  callTimeout: [60_000, 60_000],
};

/** How containers behave, by the name of their image; any other image runs forever and listens on every port. */
export const IMAGES: Readonly<Record<string, SimImage>> = withTags({
  /** Listens only after 20 s. */
  slow: { process: { listensAfterMs: 20_000 } },
  /** Never listens. */
  deaf: { process: { ports: [] } },
  /** Ends well after 5 s. */
  task: { process: { exit: { afterMs: 5_000, code: 0 } } },
  /** Fails after 1 s. */
  crash: { process: { exit: { afterMs: 1_000, code: 1 }, ports: [] } },
  /** Ends with code 42 after 1 s. */
  fatal: { process: { exit: { afterMs: 1_000, code: 42 }, ports: [] } },
  /** Fails after 1 s, the first time in its pod, and runs from then on. */
  flaky: { process: ({ attempt }) => (attempt === 0 ? { exit: { afterMs: 1_000, code: 1 } } : {}) },
  /** Runs for eleven minutes, then fails. */
  lasting: { process: { exit: { afterMs: 660_000, code: 1 } } },
  /** Does not heed the signal to stop. */
  stubborn: { process: { ignoresTerm: true } },
  /** Ends well when it is told to stop. */
  polite: { process: { termExitCode: 0 } },
  /** Its image says STOPSIGNAL QUIT, and that is what it heeds. */
  quits: { stopSignal: 'QUIT', process: { heedsSignal: 'QUIT', termExitCode: 0 } },
  /** Would heed QUIT, and is told TERM. */
  deafened: { process: { heedsSignal: 'QUIT' } },
  /** Uses a tenth of a core and 100 MiB. */
  steady: { process: { cpuShare: 0.1, memoryBytes: 100 * 1024 * 1024 } },
  /** The same, and listens only after ten minutes. */
  cold: { process: { cpuShare: 0.1, listensAfterMs: 600_000 } },
  /** Hold 1, 2 and 4 GiB of memory; the box has eight. */
  small: { process: { memoryBytes: 1024 ** 3 } },
  medium: { process: { memoryBytes: 2 * 1024 ** 3 } },
  large: { process: { memoryBytes: 4 * 1024 ** 3 } },
  /** Write 4 and 8 GiB to the disk, which has a hundred. */
  writer: { process: { diskBytes: 4 * 1024 ** 3 } },
  archive: { process: { diskBytes: 8 * 1024 ** 3 } },
  /** Images of 3 GiB. */
  bulky: { sizeBytes: 3 * 1024 ** 3, process: { exit: { afterMs: 5_000, code: 0 } } },
  bulkier: { sizeBytes: 3 * 1024 ** 3 },
  /** One of 9 GiB that somebody else has brought. */
  theirs: { present: true, sizeBytes: 9 * 1024 ** 3, process: { exit: { afterMs: 5_000, code: 0 } } },
  /** Uses half a core for ten minutes, and next to nothing from then on. */
  busy: {
    process: {
      cpuShare: [
        { fromMs: 0, share: 0.5 },
        { fromMs: 600_000, share: 0.001 },
      ],
    },
  },
  /** Writes its arguments and its environment, but for the variables of services. */
  env: {
    process: ({ command, env }) => ({
      logs: [
        { atMs: 0, text: `args ${command.join(' ')}` },
        ...Object.entries(env)
          .filter(([name]) => !/_(SERVICE|PORT)/.test(name))
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, value]) => ({ atMs: 0, text: `${name}=${value}` })),
      ],
    }),
  },
  /** Writes the variables of services only. */
  services: {
    process: ({ env }) => ({
      logs: Object.keys(env)
        .filter((name) => name.endsWith('_SERVICE_HOST'))
        .sort()
        .map((name) => ({ atMs: 0, text: name })),
    }),
  },
  /** Cannot be pulled. */
  missing: { pull: 'missing' },
});

function withTags(images: Readonly<Record<string, SimImage>>): Readonly<Record<string, SimImage>> {
  return Object.fromEntries(
    Object.entries(images).flatMap(([name, image]) => ['1', '2', 'latest'].map((tag) => [`${name}:${tag}`, image])),
  );
}
