import { createApiClient } from '../../api/http-client/index.ts';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import { BerthError, messageOf } from '../../lib/errors.ts';
import { dataPaths } from '../live/data-paths.ts';
import { openBoxSource } from '../live/live-world.ts';
import { EXIT } from '../output/exit-codes.ts';
import type { Terminal } from '../output/terminal.ts';
import { DemoStopped } from './demo-stopped.ts';
import { type DemoWorld, SAMPLE_OVERLAY } from './demo-world.ts';
import { fetchPage, findAnsweringUrls } from './page.ts';
import { pushEdit } from './push-edit.ts';
import type { StopRequest } from './run-demo.ts';
import { waitUntil } from './wait-until.ts';

const GREETING = 'Hello from a push';
/** A mounted ConfigMap follows within seconds. */
const SEEN_TIMEOUT_MS = 90_000;
const ANSWER_TIMEOUT_MS = 15_000;

interface SelfCheck {
  readonly name: string;
  /** Whether it makes sense on an engine that only pretends. */
  readonly needsEngine: boolean;
  /** Resolves with what it found; throws when something is wrong. */
  readonly run: (context: CheckContext) => Promise<string>;
}

interface CheckContext {
  readonly world: DemoWorld;
  readonly stop: StopRequest;
}

const CHECKS: readonly SelfCheck[] = [
  { name: 'the page answers', needsEngine: true, run: checkPage },
  { name: 'an edit is committed and pushed, and becomes healthy', needsEngine: false, run: checkEdit },
  { name: 'the page shows the edit', needsEngine: true, run: checkEditedPage },
  { name: 'the visitor, which calls the page by name, saw it', needsEngine: true, run: checkVisitor },
  { name: 'the status branch tells of the commit', needsEngine: false, run: checkStatusBranch },
  { name: 'a third replica is asked for and becomes ready', needsEngine: false, run: checkScale },
  {
    name: 'a commit with a mistake is reported with its line, and nothing stops',
    needsEngine: false,
    run: checkMistake,
  },
  { name: 'its correction becomes healthy', needsEngine: false, run: checkCorrection },
];

/** Runs every check, prints each with what it found, and returns the exit code. */
export async function runSelfCheck(options: CheckContext & { readonly terminal: Terminal }): Promise<number> {
  const { world, stop, terminal } = options;
  let failed = 0;
  for (const { name, needsEngine, run } of CHECKS) {
    stop.check();
    if (needsEngine && world.configuration.runtime === 'sim') continue;
    terminal.write(`${terminal.style('cyan', '►')} check: ${name}\n`);
    const startedMs = linuxClock.monotonicMs();
    try {
      const found = await run({ world, stop });
      const seconds = ((linuxClock.monotonicMs() - startedMs) / 1_000).toFixed(1);
      terminal.write(`${terminal.style('green', '✔')} ${name} (${found}; ${seconds} s)\n`);
    } catch (error) {
      if (error instanceof DemoStopped) throw error;
      failed++;
      terminal.write(`${terminal.style('red', '✗')} ${name}: ${messageOf(error)}\n`);
    }
  }
  return failed === 0 ? EXIT.ok : EXIT.error;
}

function wrong(detail: string): BerthError {
  return new BerthError('Unhealthy', { object: 'demo', verb: 'check', detail });
}

async function checkPage({ world }: CheckContext): Promise<string> {
  const urls = await findAnsweringUrls(world.candidateUrls, ANSWER_TIMEOUT_MS);
  const silent = world.candidateUrls.filter((url) => !urls.includes(url));
  if (silent.length > 0) throw wrong(`${silent.join(' and ')} did not answer`);
  return urls.join(', ');
}

function edit({ world, stop }: CheckContext, file: string, from: string | RegExp, to: string, message: string) {
  const { repository } = world.configuration;
  const change = (text: string) => {
    const changed = text.replace(from, to);
    if (changed === text) throw wrong(`${file} has nothing to change: ${from}`);
    return changed;
  };
  stop.check();
  return pushEdit({ repository, file, change, message });
}

async function checkEdit(context: CheckContext): Promise<string> {
  const commit = await edit(context, 'base/page.yaml', 'Hello from Berth', GREETING, 'Greet from a push');
  await context.world.waitForHealthy(commit, context.stop.check);
  return commit.slice(0, 7);
}

async function checkEditedPage({ world, stop }: CheckContext): Promise<string> {
  const urls = world.candidateUrls;
  for (const url of urls) {
    const page = await waitUntil(
      SEEN_TIMEOUT_MS,
      async () => {
        const text = await fetchPage(url);
        return text?.includes(GREETING) === true ? text : undefined;
      },
      stop.check,
    );
    if (page === undefined) throw wrong(`${url} does not show it`);
  }
  return urls.join(', ');
}

async function checkVisitor({ world, stop }: CheckContext): Promise<string> {
  const line = await waitUntil(
    SEEN_TIMEOUT_MS,
    async () => {
      const log = await readVisitorLog(world);
      return log.split('\n').find((text) => text.includes(GREETING));
    },
    stop.check,
  );
  if (line === undefined) throw wrong('its log does not show the new heading');
  return line.trim();
}

async function readVisitorLog(world: DemoWorld): Promise<string> {
  const api = createApiClient({ socketPath: dataPaths(world.configuration.dataDirectory).socket });
  const [pod] = world.box.registry
    .client({ user: 'demo', fieldManager: 'demo' })
    .list('Pod', { namespace: 'shop', labelSelector: 'app=visitor' });
  if (pod === undefined) return '';
  const chunks: Uint8Array[] = [];
  const path = `/api/v1/namespaces/shop/pods/${pod.metadata.name}/log`;
  for await (const chunk of api.bytes({ path, query: { tailLines: 20 } })) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function checkStatusBranch({ world, stop }: CheckContext): Promise<string> {
  const { configuration } = world;
  const source = await openBoxSource(configuration, dataPaths(configuration.dataDirectory).source);
  try {
    const commit = world.status().appliedCommit.slice(0, 7);
    const tip = await waitUntil(
      SEEN_TIMEOUT_MS,
      async () => {
        const found = await source.readBranch(configuration.statusBranch);
        if (found === undefined) return undefined;
        const folder = (await source.readTree(found.tree)).find(({ name }) => name === configuration.cluster);
        const page = (folder === undefined ? [] : await source.readTree(folder.id)).find(
          ({ name }) => name === 'README.md',
        );
        if (page === undefined) return undefined;
        const text = Buffer.from(await source.readBlob(page.id, 1024 * 1024)).toString('utf8');
        return text.includes(commit) ? found : undefined;
      },
      stop.check,
    );
    if (tip === undefined) throw wrong(`${configuration.statusBranch} does not name ${commit}`);
    return `${configuration.statusBranch} at ${tip.id.slice(0, 7)}`;
  } finally {
    await source.close();
  }
}

function webPods({ world }: CheckContext) {
  const client = world.box.registry.client({ user: 'demo', fieldManager: 'demo' });
  return client
    .list('Pod', { namespace: 'shop', labelSelector: 'app=web' })
    .filter(
      (pod) => pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true,
    );
}

async function checkScale(context: CheckContext): Promise<string> {
  const commit = await edit(
    context,
    `${SAMPLE_OVERLAY}/kustomization.yaml`,
    'count: 2',
    'count: 3',
    'A third web server',
  );
  await context.world.waitForHealthy(commit, context.stop.check);
  const count = webPods(context).length;
  if (count !== 3) throw wrong(`${count} pods are ready instead of 3`);
  return '3 of 3 ready';
}

async function checkMistake(context: CheckContext): Promise<string> {
  const { world, stop } = context;
  const uids = () =>
    webPods(context)
      .map((pod) => pod.metadata.uid)
      .sort()
      .join();
  const before = uids();
  const commit = await edit(context, 'base/web.yaml', 'replicas: 1', 'replica: 1', 'A mistake');
  const standing = await waitUntil(
    ANSWER_TIMEOUT_MS,
    () => {
      const status = world.status();
      return status.attemptedCommit === commit && status.phase === 'Invalid' ? status : undefined;
    },
    stop.check,
  );
  const problem = standing?.problems.find(({ place }) => /^base\/web\.yaml:\d+:\d+$/.test(place));
  if (problem === undefined) throw wrong('the mistake was not reported with its line');
  if (uids() !== before) throw wrong('pods were replaced');
  if (world.configuration.runtime === 'docker') await checkPage(context);
  return `${problem.place}: ${problem.message}`;
}

async function checkCorrection(context: CheckContext): Promise<string> {
  const commit = await edit(context, 'base/web.yaml', 'replica: 1', 'replicas: 1', 'A correction');
  await context.world.waitForHealthy(commit, context.stop.check);
  return commit.slice(0, 7);
}
