import { parseArgs } from 'node:util';
import { messageOf } from '../lib/errors.ts';
import { DEFAULT_SIZE } from './run-seeds.ts';

/** What the command line of the simulator asks for. */
export interface SimOptions {
  readonly seed: number;
  readonly seeds: number;
  /** Whether the first seed is played before any other begins: somebody who names one wants to see it. */
  readonly isFirstAlone: boolean;
  /** Milliseconds; endless when no time is given. */
  readonly forMs: number;
  readonly virtualHours: number;
  readonly jobs: number;
  readonly actions: number;
  readonly faults: number;
  /** Indexes into the plan of the one seed. */
  readonly steps: readonly number[] | undefined;
  readonly keepsGoing: boolean;
  readonly shrinks: boolean;
  readonly traceLines: number;
  readonly counts: boolean;
  readonly rules: boolean;
  /** What fewer seeds than this have taken is told of; 0 tells of nothing. */
  readonly rare: number;
  readonly scenario: string;
  readonly replicas: number;
  readonly help: boolean;
}

const OPTIONS = {
  seed: { type: 'string' },
  seeds: { type: 'string' },
  minutes: { type: 'string' },
  hours: { type: 'string' },
  jobs: { type: 'string' },
  actions: { type: 'string' },
  faults: { type: 'string' },
  steps: { type: 'string' },
  'keep-going': { type: 'boolean', default: false },
  'no-shrink': { type: 'boolean', default: false },
  trace: { type: 'string' },
  counts: { type: 'boolean', default: false },
  rules: { type: 'boolean', default: false },
  rare: { type: 'string' },
  scenario: { type: 'string', default: 'chaos' },
  replicas: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Reads the command line; what is wrong with it comes as sentences, all of them at once. */
export function readSimOptions(
  args: readonly string[],
  cores: number,
): { readonly options: SimOptions } | { readonly problems: readonly string[] } {
  let values: ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];
  try {
    ({ values } = parseArgs({ args: [...args], options: OPTIONS }));
  } catch (error) {
    return { problems: [messageOf(error)] };
  }
  const problems: string[] = [];
  const whole = (name: string, text: string | undefined, least: number, otherwise: number): number => {
    if (text === undefined) return otherwise;
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= least) return value;
    problems.push(`--${name}: "${text}" is no whole number of at least ${least}`);
    return otherwise;
  };
  const long = (name: string, text: string | undefined): number => {
    if (text === undefined) return Number.POSITIVE_INFINITY;
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
    if (value <= 0) problems.push(`--${name}: "${text}" is no number above 0`);
    return value;
  };
  const isTimed = values.minutes !== undefined || values.hours !== undefined;
  const isOne = values.seed !== undefined || values.steps !== undefined;
  const options: SimOptions = {
    seed: whole('seed', values.seed, 0, 1),
    seeds: whole('seeds', values.seeds, 1, isTimed ? Number.MAX_SAFE_INTEGER : isOne ? 1 : 20),
    isFirstAlone: values.seed !== undefined && values.seeds === undefined,
    forMs: long('minutes', values.minutes) * 60_000,
    virtualHours: long('hours', values.hours),
    jobs: whole('jobs', values.jobs, 1, cores),
    actions: whole('actions', values.actions, 0, DEFAULT_SIZE.actions),
    faults: whole('faults', values.faults, 0, DEFAULT_SIZE.faults),
    steps: values.steps?.split(',').map((step) => whole('steps', step, 0, 0)),
    keepsGoing: values['keep-going'],
    shrinks: !values['no-shrink'],
    traceLines: whole('trace', values.trace, 0, 0),
    counts: values.counts,
    rules: values.rules,
    rare: whole('rare', values.rare, 2, 0),
    scenario: values.scenario,
    replicas: whole('replicas', values.replicas, 1, 50),
    help: values.help,
  };
  if (options.steps !== undefined && options.seeds > 1)
    problems.push('--steps are steps of one seed: leave --seeds, --minutes and --hours out');
  problems.push(...passedOver(values));
  return problems.length > 0 ? { problems } : { options };
}

const OF_ROLLOUT: ReadonlySet<string> = new Set(['seed', 'replicas', 'scenario', 'help']);
const OF_KEPT: ReadonlySet<string> = new Set(['trace', 'scenario', 'help']);

/** Options that a scenario passes over: each is one history, and a kept one has its seed and its steps in its file. */
function passedOver(values: Readonly<Record<string, unknown>>): readonly string[] {
  const { scenario } = values;
  if (scenario === 'chaos') return values['replicas'] === undefined ? [] : ['--replicas is for --scenario rollout'];
  const heeded = scenario === 'rollout' ? OF_ROLLOUT : OF_KEPT;
  const isGiven = (name: string): boolean => values[name] !== undefined && values[name] !== false;
  const names = Object.keys(values).filter((name) => !heeded.has(name) && isGiven(name));
  if (names.length === 0) return [];
  return [`--scenario ${scenario} takes no ${names.map((name) => `--${name}`).join(', ')}: it is one history`];
}
