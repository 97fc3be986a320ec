import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { resourcePath } from './api-paths.ts';
import { type Berth, purge, startBerth } from './berth-process.ts';
import { BENCH_IMAGE, type DockerCalls, findDocker } from './docker-calls.ts';
import { createRepository, git } from './git-repository.ts';
import { readPodBodies, runPods } from './replay-pods.ts';
import { type BenchReport, type Figure, figure, median } from './report.ts';
import { withFolder } from './with-folder.ts';

const REPLICAS = [4, 10];
const ROUNDS = 4;
const NAMESPACE = 'bench-push';

/**
 * From `git push` to the last pod of a new Deployment being ready, beside the bare calls of the engine that create and start the very same
 * sandboxes and containers, with as many starts at once. Rounds take turns.
 */
export async function benchPush(directory: string): Promise<BenchReport> {
  const docker = await findDocker();
  if (docker === undefined) {
    return { name: 'push', figures: [], notes: [`left out: no Docker engine with the image ${BENCH_IMAGE} answers`] };
  }
  const work = async (folder: string): Promise<BenchReport> => {
    const pushes = await PushBench.open(folder, docker);
    try {
      const figures: Figure[] = [];
      for (const replicas of REPLICAS) figures.push(...(await pushes.compare(replicas)));
      const notes = [
        'a real process and a real push into a bare repository; containers as Berth made them, read back with inspect and made again by bare calls',
        `medians of ${ROUNDS} rounds that take turns; at most as many starts at once as Berth allows itself`,
      ];
      return { name: 'push', figures, notes };
    } finally {
      await pushes.close();
    }
  };
  const cleanUp = (folder: string) => purge(path.join(folder, 'data'));
  return withFolder(directory, 'push', work, cleanUp).finally(() => docker.close());
}

class PushBench {
  readonly #berth: Berth;
  readonly #docker: DockerCalls;
  readonly #clone: string;

  private constructor(berth: Berth, docker: DockerCalls, clone: string) {
    this.#berth = berth;
    this.#docker = docker;
    this.#clone = clone;
  }

  static async open(folder: string, docker: DockerCalls): Promise<PushBench> {
    const repository = path.join(folder, 'repository.git');
    const clone = path.join(folder, 'clone');
    await createRepository(repository);
    await mkdir(clone);
    await git(clone, 'init', '--quiet', '--initial-branch=main');
    await git(clone, 'remote', 'add', 'origin', repository);
    await writeFile(
      path.join(clone, 'namespace.yaml'),
      `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${NAMESPACE}\n`,
    );
    await git(clone, 'add', '.');
    await git(clone, 'commit', '--quiet', '-m', 'namespace');
    await git(clone, 'push', '--quiet', 'origin', 'main');
    const berth = await startBerth({ repository, dataDirectory: path.join(folder, 'data'), runtime: 'docker' });
    const bench = new PushBench(berth, docker, clone);
    await bench.#measurePush('warm-up', 1);
    await bench.#remove('warm-up');
    return bench;
  }

  close(): Promise<void> {
    return this.#berth.stop();
  }

  async compare(replicas: number): Promise<readonly Figure[]> {
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const name = `web-${replicas}-${round}`;
      ours.push(await this.#measurePush(name, replicas));
      const bodies = await readPodBodies(this.#docker, NAMESPACE, name);
      theirs.push(await runPods(this.#docker, bodies));
      await this.#remove(name);
    }
    return [
      figure({
        name: `git push to ${replicas} ready pods of one Deployment`,
        value: median(ours),
        unit: 'ms',
        yardstick: { name: 'bare calls', value: median(theirs) },
        aim: { of: 'ratio', op: '≤', bound: 1.3 },
      }),
    ];
  }

  async #measurePush(name: string, replicas: number): Promise<number> {
    await writeFile(path.join(this.#clone, `${name}.yaml`), deploymentOf(name, replicas));
    await git(this.#clone, 'add', '.');
    await git(this.#clone, 'commit', '--quiet', '-m', name);
    const abort = new AbortController();
    const ready = this.#waitUntilReady(name, replicas, abort.signal);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const startMs = performance.now();
    await git(this.#clone, 'push', '--quiet', 'origin', 'main');
    const tookMs = (await ready) - startMs;
    abort.abort();
    return tookMs;
  }

  /** A watch as any client has it: told once the status is on disk. */
  async #waitUntilReady(name: string, replicas: number, signal: AbortSignal): Promise<number> {
    const query = { watch: true, fieldSelector: `metadata.name=${name}` };
    for await (const event of this.#berth.api.lines({ path: resourcePath('deployments', NAMESPACE), query, signal })) {
      const { object } = event as { readonly object?: { readonly status?: { readonly readyReplicas?: number } } };
      if (object?.status?.readyReplicas === replicas) return performance.now();
    }
    throw new Error('the watch ended before the pods were ready');
  }

  async #remove(name: string): Promise<void> {
    await git(this.#clone, 'rm', '--quiet', `${name}.yaml`);
    await git(this.#clone, 'commit', '--quiet', '-m', `without ${name}`);
    await git(this.#clone, 'push', '--quiet', 'origin', 'main');
    for (;;) {
      const pods = (await this.#berth.api.request({ path: resourcePath('pods', NAMESPACE) })) as {
        readonly items: readonly unknown[];
      };
      if (pods.items.length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function deploymentOf(name: string, replicas: number): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: ${NAMESPACE}
spec:
  replicas: ${replicas}
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: ${BENCH_IMAGE}
          imagePullPolicy: IfNotPresent
          command: ["sh", "-c", "trap exit TERM; httpd -f -p 8080 -h / & wait"]
`;
}
