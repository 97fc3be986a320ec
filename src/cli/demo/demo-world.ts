import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Box } from '../../box/index.ts';
import { FAILED_PHASES, type StatusDocument } from '../../gitops/index.ts';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import { LinuxRandom } from '../../host/linux/linux-random.ts';
import { firstAddress } from '../../host/linux/machine-info.ts';
import { BerthError } from '../../lib/errors.ts';
import { createBareRepositoryFromFolder } from '../../source/index.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { readConfiguration } from '../configuration/read-configuration.ts';
import { findLeftovers } from '../live/find-leftovers.ts';
import { type LiveWorld, openLiveWorld } from '../live/live-world.ts';
import { createPinoLogger } from '../live/pino-logger.ts';
import { removeCluster } from '../live/remove-cluster.ts';
import { removeData } from '../live/remove-data.ts';
import { packageRoot } from '../setup/ensure-demo-image.ts';
import { chooseNodePort } from './choose-node-port.ts';
import type { StopRequest } from './run-demo.ts';
import { waitUntil } from './wait-until.ts';

/** What of the sample is deployed. */
export const SAMPLE_OVERLAY = 'overlays/production';
/** The node port of that overlay. */
const SAMPLE_NODE_PORT = 30_080;
const HEALTHY_TIMEOUT_MS = 180_000;
const AUTHOR = { name: 'Berth demo', email: 'demo@localhost' };

export interface DemoWorldOptions {
  readonly runtime: 'docker' | 'sim';
  readonly say: (line: string) => void;
  readonly onShutdown: () => void;
}

/** Everything that the demo makes: a folder with the repository and the data directory, and a Berth on it. */
export class DemoWorld {
  readonly configuration: Configuration;
  readonly nodePort: number;
  readonly #folder: string;
  readonly #world: LiveWorld;
  readonly #say: (line: string) => void;

  private constructor(folder: string, configuration: Configuration, nodePort: number, opened: Opened) {
    this.#folder = folder;
    this.configuration = configuration;
    this.nodePort = nodePort;
    this.#world = opened.world;
    this.#say = opened.say;
  }

  static async open({ runtime, say, onShutdown }: DemoWorldOptions): Promise<DemoWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'berth-demo-'));
    try {
      const nodePort = runtime === 'docker' ? await chooseNodePort(SAMPLE_NODE_PORT) : SAMPLE_NODE_PORT;
      if (nodePort !== SAMPLE_NODE_PORT) say(`port ${SAMPLE_NODE_PORT} is taken; the page will be on port ${nodePort}`);
      const repository = join(folder, 'site.git');
      await createRepository(folder, repository, nodePort);
      say(`made the repository ${repository} out of sample-repo/`);
      const dataDir = join(folder, 'data');
      const configuration = readConfiguration({
        repo: repository,
        path: [SAMPLE_OVERLAY],
        dataDir,
        runtime,
        cluster: 'demo',
      });
      const world = await openLiveWorld(configuration, createPinoLogger('error'), onShutdown);
      return new DemoWorld(folder, configuration, nodePort, { world, say });
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get box(): Box {
    return this.#world.box;
  }

  get clusterUid(): string {
    return this.#world.registry.clusterUid;
  }

  /** Where a browser on this machine may find the page. */
  get candidateUrls(): readonly string[] {
    return ['127.0.0.1', firstAddress()]
      .filter((address, index, all) => all.indexOf(address) === index)
      .map((address) => `http://${address}:${this.nodePort}/`);
  }

  /** Starts Berth and waits until everything is healthy. Throws when it fails or takes too long. */
  async start(stop: StopRequest): Promise<void> {
    this.#say(`starting Berth; its data lies in ${this.configuration.dataDirectory}`);
    await this.box.start();
    await this.waitForHealthy(this.box.status().source.commit, stop.check);
  }

  /** Resolves once the application runs this commit and is healthy. */
  async waitForHealthy(commit: string, check: () => void): Promise<void> {
    const last = await waitUntil(HEALTHY_TIMEOUT_MS, () => this.#standing(commit), check);
    if (last?.phase === 'Healthy') return;
    const { phase, message } = last ?? this.status();
    throw new BerthError('Unhealthy', { object: 'demo', verb: 'roll out', detail: `${phase}: ${message}` });
  }

  status(): StatusDocument['applications'][number] {
    const [application] = this.box.status().applications;
    if (application !== undefined) return application;
    throw new BerthError('Unhealthy', { object: 'demo', verb: 'roll out', detail: 'the repository was not read yet' });
  }

  /** Stops Berth and removes all of it. Resolves with what is left against all expectation. */
  async remove(): Promise<readonly string[]> {
    this.#say('removing the containers, the network, the rules, the data and the repository');
    const { clusterUid } = this;
    await this.#world.stop();
    if (this.configuration.runtime === 'docker') await removeCluster(clusterUid);
    removeData(this.configuration.dataDirectory);
    await rm(this.#folder, { recursive: true, force: true });
    const left = this.configuration.runtime === 'docker' ? await findLeftovers(clusterUid) : [];
    return existsSync(this.#folder) ? [...left, this.#folder] : left;
  }

  #standing(commit: string): StatusDocument['applications'][number] | undefined {
    const { applications } = this.box.status();
    const [application] = applications;
    if (application === undefined || application.attemptedCommit !== commit) return undefined;
    return application.phase === 'Healthy' || FAILED_PHASES.has(application.phase) ? application : undefined;
  }
}

interface Opened {
  readonly world: LiveWorld;
  readonly say: (line: string) => void;
}

async function createRepository(folder: string, repository: string, nodePort: number): Promise<void> {
  const files = join(folder, 'files');
  await cp(join(packageRoot(), 'sample-repo'), files, { recursive: true });
  if (nodePort !== SAMPLE_NODE_PORT) {
    const path = join(files, SAMPLE_OVERLAY, 'node-port.yaml');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace(`nodePort: ${SAMPLE_NODE_PORT}`, `nodePort: ${nodePort}`));
  }
  await createBareRepositoryFromFolder({
    repository,
    folder: files,
    branch: 'main',
    message: 'The sample application',
    author: AUTHOR,
    clock: linuxClock,
    random: new LinuxRandom(),
  });
  await rm(files, { recursive: true, force: true });
}
