import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LIMITS } from '../../lib/limits.ts';
import { Semaphore } from '../../lib/semaphore.ts';
import type { ChartOptions, ChartResult } from '../../manifests/index.ts';
import type { ChartFiles, ChartRenderer } from '../chart-renderer.ts';
import { type AloneResult, findProgram, runAlone, writeTree } from './run-alone.ts';

export interface HelmChartsOptions {
  /** Absolute path of helm; absent: the one in PATH, looked for each time, so that installing it needs no restart. */
  readonly program?: string;
}

type Failure = Extract<ChartResult, { readonly type: 'failed' }>;

/** Words of an error that are shown; a schema of values may complain at length. */
const MESSAGE_CHARS = 1_000;
/** For the probes of what the machine can do. */
const PROBE_MS = 5_000;
const PROBE_BYTES = 10_000;

/** Where helm finds no cluster and no plugins. */
function clusterless(directory: string): Readonly<Record<string, string>> {
  return { KUBECONFIG: join(directory, 'no-kubeconfig'), HELM_PLUGINS: join(directory, 'no-plugins') };
}

/**
 * Runs `helm template` in a folder of its own that is written from the repository's blobs and removed again: no home,
 * no environment, no cluster, no network where the kernel grants a namespace without one, and limits on time, memory
 * and output.
 */
export class HelmCharts implements ChartRenderer {
  readonly #program: string | undefined;
  readonly #slots = new Semaphore(LIMITS.parallelCharts);
  #confinement: Promise<readonly string[]> | undefined;

  constructor(options: HelmChartsOptions = {}) {
    this.#program = options.program;
  }

  async render(chart: ChartFiles): Promise<ChartResult> {
    const program = await findProgram('helm', this.#program);
    if (program === undefined) return helmMissing(this.#program);
    this.#confinement ??= findConfinement();
    const confinement = await this.#confinement;
    return this.#slots.run(() => renderIn(chart, [...confinement, program]));
  }
}

/** In a folder of its own, which is gone afterwards. */
async function renderIn(chart: ChartFiles, program: readonly string[]): Promise<ChartResult> {
  const directory = await mkdtemp(join(tmpdir(), 'berth-chart-'));
  try {
    const chartDirectory = join(directory, 'chart');
    await writeTree(chartDirectory, chart.files);
    const values = await writeValues(directory, chart.values);
    const command = [...program, ...templateArguments(chart.options, values, chartDirectory)];
    const limits = { timeoutMs: LIMITS.chartRenderMs, outputBytes: LIMITS.chartOutputBytes };
    return resultOf(await runAlone(command, { directory, environment: clusterless(directory), ...limits }), directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function helmMissing(named: string | undefined): Failure {
  return {
    type: 'failed',
    code: 'HelmMissing',
    isRetryable: true,
    message: named === undefined ? 'there is no helm in PATH' : `${named} is no program that can be run`,
    help: 'install helm, or name it with --helm FILE or `helm:` in the configuration',
  };
}

/** What runs helm without a network and within its memory, as far as this machine has it. */
async function findConfinement(): Promise<readonly string[]> {
  const limits = ['prlimit', `--as=${LIMITS.chartMemoryBytes}`, '--core=0', '--'];
  const spaces = [
    ['unshare', '--net', '--'],
    ['unshare', '--map-root-user', '--net', '--'],
  ];
  const works = async (command: readonly string[]) => {
    const probe = { directory: '/', timeoutMs: PROBE_MS, outputBytes: PROBE_BYTES };
    const ended = await runAlone([...command, 'true'], probe).catch(() => undefined);
    return ended?.type === 'ended' && ended.code === 0;
  };
  const found: string[] = (await works(limits)) ? limits : [];
  for (const space of spaces) if (await works(space)) return [...found, ...space];
  return found;
}

async function writeValues(directory: string, values: readonly Uint8Array[]): Promise<readonly string[]> {
  const paths = values.map((_, index) => join(directory, `values-${index}.yaml`));
  for (const [index, path] of paths.entries()) {
    await writeFile(path, values[index] ?? new Uint8Array(), { flag: 'wx', mode: 0o600 });
  }
  return paths;
}

function templateArguments(options: ChartOptions, values: readonly string[], chart: string): readonly string[] {
  const text = (name: string, value: string) => (value === '' ? [] : [`--${name}=${value}`]);
  const flag = (name: string, isSet: boolean) => (isSet ? [`--${name}`] : []);
  return [
    'template',
    ...text('namespace', options.namespace),
    ...text('name-template', options.nameTemplate),
    ...text('kube-version', options.kubeVersion),
    ...options.apiVersions.map((version) => `--api-versions=${version}`),
    ...values.map((path) => `--values=${path}`),
    ...flag('include-crds', options.includeCRDs),
    ...flag('no-hooks', options.skipHooks),
    ...flag('skip-tests', options.skipTests),
    // What comes from the repository is never taken for an option.
    '--',
    ...(options.nameTemplate === '' ? [options.releaseName] : []),
    chart,
  ];
}

function resultOf(ended: AloneResult, directory: string): ChartResult {
  if (ended.type === 'stopped') {
    const limit =
      ended.why === 'time'
        ? `did not end within ${LIMITS.chartRenderMs / 1000} s (chartRenderMs)`
        : `printed more than ${LIMITS.chartOutputBytes} bytes (chartOutputBytes)`;
    const help = 'make the templates of the chart do less';
    return { type: 'failed', code: 'LimitExceeded', isRetryable: ended.why === 'time', message: `helm ${limit}`, help };
  }
  if (ended.code === 0) return { type: 'rendered', text: ended.stdout };
  const message = complaintOf(ended.stderr, directory) || `helm ended with ${ended.code}`;
  const isVendored = !/missing in charts\/ directory|helm dependency/.test(message);
  const help = isVendored
    ? 'correct the template or value that is named; `helm template` shows the same'
    : 'run `helm dependency build` in the folder of the chart and commit charts/: nothing is fetched while rendering';
  return { type: 'failed', code: 'ChartFailed', isRetryable: false, message, help };
}

/** helm's error without its way of showing it, and without the folder that nobody knows. */
function complaintOf(stderr: string, directory: string): string {
  const from = stderr.indexOf('Error: ');
  const text = (from === -1 ? stderr : stderr.slice(from + 'Error: '.length))
    .replaceAll(`${directory}/`, '')
    .replace(/\s*Use --debug flag to render out invalid YAML\s*/, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('; ')
    .replaceAll(':; ', ': ');
  return text.length > MESSAGE_CHARS ? `${text.slice(0, MESSAGE_CHARS)}…` : text;
}
