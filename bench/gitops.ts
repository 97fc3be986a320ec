import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { BERTH_PATHS } from '../src/cli/live/berth-paths.ts';
import type { StatusDocument } from '../src/gitops/index.ts';
import { type Berth, type BerthOptions, purge, startBerth } from './berth-process.ts';
import { findDocker } from './docker-calls.ts';
import { createRepository, git, moveBranch, writeCommit } from './git-repository.ts';
import { makeManifests, manifestOf, NAMESPACE, pathOf } from './many-manifests.ts';
import { type BenchReport, type Figure, figure, median } from './report.ts';
import { withFolder } from './with-folder.ts';

const OBJECTS = 10_000;
const ROUNDS = 5;
/** How long a process is left alone before its memory is read. */
const SETTLE_MS = 12_000;
const CHANGED = 42;

/** A repository of 10,000 objects under a real `berth up`: what commits, polls, starts and idling cost. */
export function benchGitops(directory: string): Promise<BenchReport> {
  return withFolder(directory, 'gitops', measure, (folder) => purge(path.join(folder, 'data')));
}

async function measure(folder: string): Promise<BenchReport> {
  const runtime = (await findDocker()) === undefined ? 'sim' : 'docker';
  const options: BerthOptions = {
    repository: path.join(folder, 'repository.git'),
    dataDirectory: path.join(folder, 'data'),
    runtime,
  };
  const figures = await new GitopsBench(options).run();
  const notes = [
    `a real process, --runtime ${runtime}; ${OBJECTS} files of one object each, 9 of 10 ConfigMaps and 1 Service, 2 pods with probes`,
    `memory is read ${SETTLE_MS / 1_000} s after the last work, without asking for a collection`,
  ];
  return { name: 'gitops', figures, notes };
}

class GitopsBench {
  readonly #options: BerthOptions;
  #commit = '';
  #round = 0;

  constructor(options: BerthOptions) {
    this.#options = options;
  }

  async run(): Promise<Figure[]> {
    await createRepository(this.#options.repository);
    await this.#push(
      new Map([['namespace.yaml', `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${NAMESPACE}\n`]]),
    );
    const node = measureNode();
    const empty = await this.#withBerth(async (berth) => {
      await this.#waitUntilApplied(berth);
      const figures = [await this.#memory(berth, 'resident memory, empty', node.residentMb, 120)];
      return [...figures, ...(await this.#firstCommit(berth))];
    });
    const full = await this.#withBerth(async (berth) => {
      const start = figure({
        name: `start to the first answer, ${OBJECTS} objects`,
        value: berth.servingMs,
        unit: 'ms',
        yardstick: { name: 'node -e 0', value: node.startMs },
        aim: { of: 'value', op: '≤', bound: 1_000 },
      });
      await this.#waitUntilApplied(berth);
      const memory = await this.#memory(
        berth,
        `resident memory, ${OBJECTS} objects, started anew`,
        node.residentMb,
        200,
      );
      return [
        start,
        memory,
        ...(await this.#equalObjects(berth)),
        ...(await this.#oneFile(berth)),
        ...(await this.#everyFile(berth, node.residentMb)),
      ];
    });
    return [...empty, ...full, ...(await this.#poll())];
  }

  async #withBerth<T>(work: (berth: Berth) => Promise<T>, options: Partial<BerthOptions> = {}): Promise<T> {
    const berth = await startBerth({ ...this.#options, ...options });
    try {
      return await work(berth);
    } finally {
      await berth.stop();
    }
  }

  async #push(files: ReadonlyMap<string, string>): Promise<number> {
    const parent = this.#commit === '' ? {} : { parent: this.#commit };
    this.#commit = await writeCommit(this.#options.repository, files, { ...parent, message: `round ${++this.#round}` });
    return moveBranch(this.#options.repository, this.#commit);
  }

  async #waitUntilApplied(berth: Berth): Promise<void> {
    for (;;) {
      const status = (await berth.api.request({ path: BERTH_PATHS.status })) as unknown as StatusDocument;
      const [application] = status.applications;
      if (application?.appliedCommit === this.#commit && application.phase === 'Healthy') return;
      if (application?.phase === 'Invalid' || application?.phase === 'Failed') {
        throw new Error(`the manifests of the benchmark are ${application.phase}: ${application.message}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #memory(berth: Berth, name: string, nodeMb: number, bound: number): Promise<Figure> {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return figure({
      name,
      value: await berth.residentMb(),
      unit: 'MB',
      yardstick: { name: 'idle node', value: nodeMb },
      aim: { of: 'value', op: '≤', bound },
    });
  }

  async #firstCommit(berth: Berth): Promise<Figure[]> {
    const startMs = await this.#push(makeManifests(OBJECTS, { comment: 'first', value: '0' }));
    await this.#waitUntilApplied(berth);
    return [{ name: `first commit of ${OBJECTS} objects to healthy`, value: performance.now() - startMs, unit: 'ms' }];
  }

  /** Each file gets another comment: other blobs, the same objects. */
  async #equalObjects(berth: Berth): Promise<Figure[]> {
    const times: number[] = [];
    const reads: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const files = makeManifests(OBJECTS, { comment: `comment ${round}`, value: '0' });
      const events = await berth.followEvents();
      const done = events.waitFor(({ type, commit }) => type === 'applied' && commit === this.#commit);
      const startMs = await this.#push(files);
      times.push((await done) - startMs);
      events.close();
      reads.push(await this.#readAllBlobs());
    }
    return [
      figure({
        name: `new commit, ${OBJECTS} other blobs with equal objects, to "nothing to do"`,
        value: median(times),
        unit: 'ms',
        yardstick: { name: 'git reads the blobs', value: median(reads) },
        aim: { of: 'value', op: '≤', bound: 300 },
      }),
    ];
  }

  /** What git itself takes to list the commit and print all its blobs. */
  async #readAllBlobs(): Promise<number> {
    const { repository } = this.#options;
    const startMs = performance.now();
    const list = await git(repository, 'ls-tree', '-r', '--format=%(objectname)', this.#commit);
    const child = spawn('git', ['-C', repository, 'cat-file', '--batch'], { stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdout.resume();
    child.stdin.end(`${list}\n`);
    await new Promise((resolve) => child.once('close', resolve));
    return performance.now() - startMs;
  }

  /** One file gets another value. The write counts when a watch over the API tells of it, and so when it is on disk. */
  async #oneFile(berth: Berth): Promise<Figure[]> {
    const files = makeManifests(OBJECTS, { comment: `comment ${ROUNDS - 1}`, value: '0' });
    const times: number[] = [];
    const diffs: number[] = [];
    for (let round = 0; round < 2 * ROUNDS; round++) {
      const value = `changed-${round}`;
      files.set(pathOf(CHANGED), manifestOf(CHANGED, { comment: 'changed', value }));
      const abort = new AbortController();
      const written = waitForConfigMap(berth, value, abort.signal);
      // The status of the last one is published meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const before = this.#commit;
      const startMs = await this.#push(files);
      times.push((await written) - startMs);
      abort.abort();
      diffs.push(
        await timed(() => git(this.#options.repository, 'diff', '--quiet', before, this.#commit).catch(() => {})),
      );
    }
    return [
      figure({
        name: 'one changed file of them, to its durable write',
        value: median(times),
        unit: 'ms',
        yardstick: { name: 'git diff', value: median(diffs) },
        aim: { of: 'value', op: '≤', bound: 50 },
      }),
    ];
  }

  /** Every object gets another value, while the pods are probed once a second. */
  async #everyFile(berth: Berth, nodeMb: number): Promise<Figure[]> {
    const files = makeManifests(OBJECTS, { comment: 'every', value: 'every' });
    const failuresBefore = await countProbeFailures(berth);
    await berth.probe('reset');
    const startMs = await this.#push(files);
    await this.#waitUntilApplied(berth);
    const tookMs = performance.now() - startMs;
    // The status branch, the log and late probes are a part of it.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const { delayP999Ms, delayMaxMs } = await berth.probe('read');
    const failures = (await countProbeFailures(berth)) - failuresBefore;
    return [
      { name: `${OBJECTS} changed files, to healthy`, value: tookMs, unit: 'ms' },
      figure({
        name: 'event-loop delay p99.9 meanwhile',
        value: delayP999Ms,
        unit: 'ms',
        aim: { of: 'value', op: '≤', bound: 50 },
      }),
      { name: 'event-loop delay max meanwhile', value: delayMaxMs, unit: 'ms' },
      figure({
        name: 'failed probes of healthy pods meanwhile',
        value: failures,
        unit: 'failures',
        aim: { of: 'value', op: '≤', bound: 0 },
      }),
      await this.#memory(berth, `resident memory, ${OBJECTS} objects, after all of this`, nodeMb, 200),
    ];
  }

  async #poll(): Promise<Figure[]> {
    return this.#withBerth(
      async (berth) => {
        await this.#waitUntilApplied(berth);
        await waitUntilQuiet(berth);
        await berth.probe('reset');
        const times: number[] = [];
        for (let round = 0; round < ROUNDS; round++) {
          times.push(await timed(() => berth.api.request({ method: 'POST', path: BERTH_PATHS.sync })));
        }
        const { files } = await berth.probe('read');
        const opened = files.filter((call) => /^(?:open|readFile) (?:packed-refs|refs\/)/.test(call));
        return [
          figure({
            name: 'poll without news: ref files read',
            value: opened.length / ROUNDS,
            unit: 'reads',
            aim: { of: 'value', op: '≤', bound: 1 },
          }),
          {
            name: 'poll without news: all calls on files of the repository',
            value: files.length / ROUNDS,
            unit: 'calls',
          },
          { name: 'poll without news', value: median(times), unit: 'ms' },
        ];
      },
      { countFiles: true },
    );
  }
}

/** Waits until nothing touches the repository any more: the status of a start is published a moment after it. */
async function waitUntilQuiet(berth: Berth): Promise<void> {
  for (let calls = -1; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const { files } = await berth.probe('read');
    if (files.length === calls) return;
    calls = files.length;
  }
}

async function waitForConfigMap(berth: Berth, value: string, signal: AbortSignal): Promise<number> {
  const path = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
  const query = { watch: true, fieldSelector: `metadata.name=settings-${CHANGED}` };
  for await (const event of berth.api.lines({ path, query, signal })) {
    const { data } = (event as { readonly object?: { readonly data?: Readonly<Record<string, string>> } }).object ?? {};
    if (data?.['REVISION'] === value) return performance.now();
  }
  throw new Error('the watch ended before the change');
}

async function countProbeFailures(berth: Berth): Promise<number> {
  const path = `/api/v1/namespaces/${NAMESPACE}/events`;
  const list = (await berth.api.request({ path, query: { fieldSelector: 'reason=Unhealthy' } })) as {
    readonly items?: readonly { readonly count?: number }[];
  };
  return (list.items ?? []).reduce((sum, { count = 1 }) => sum + count, 0);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** An empty Node: what it takes to start and to be there. */
function measureNode(): { readonly startMs: number; readonly residentMb: number } {
  const starts = Array.from({ length: 5 }, () => {
    const startMs = performance.now();
    execFileSync(process.execPath, ['-e', '0']);
    return performance.now() - startMs;
  });
  const script = "console.log(/VmRSS:\\s+(\\d+)/.exec(require('fs').readFileSync('/proc/self/status','utf8'))[1])";
  const kb = Number(execFileSync(process.execPath, ['-e', script]).toString());
  return { startMs: median(starts), residentMb: kb / 1_024 };
}
