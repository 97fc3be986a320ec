import { BOX_DEFAULTS } from '../box/box-defaults.ts';
import { BerthError } from '../lib/errors.ts';
import type { Severity } from '../plan/findings/finding.ts';

/** What the user's workflow says under `with:`. */
export interface ActionInputs {
  /** Folders of the repository, each an application; empty: as the box has them. */
  readonly paths: readonly string[];
  /** Empty: the only one that the status branch has. */
  readonly cluster: string;
  readonly live: (typeof LIVE)[number];
  readonly statusBranch: string;
  /** The branch that is deployed; empty: the pull request's base, else the repository's default branch. */
  readonly branch: string;
  readonly failOn: Severity | 'never';
  /** Whether registries are asked for the images. */
  readonly images: boolean;
  readonly comment: boolean;
  readonly status: boolean;
  /** Where the checkout is, below the workspace. */
  readonly workingDirectory: string;
  readonly token: string;
}

const LIVE = ['auto', 'status-branch', 'none'] as const;
const FAIL_ON = ['error', 'warning', 'info', 'never'] as const;

/** Reads the inputs as the runner hands them over, and says everything that is wrong with them at once. */
export function readInputs(environment: NodeJS.ProcessEnv): ActionInputs {
  const problems: string[] = [];
  const text = (name: string, usual = '') => environment[`INPUT_${name.toUpperCase()}`]?.trim() || usual;
  const flag = (name: string) => oneOf(name, text(name, 'true').toLowerCase(), ['true', 'false'], problems) === 'true';
  const inputs = {
    paths: text('path')
      .split(/[\n,]/)
      .map((path) => path.trim())
      .filter((path) => path !== ''),
    cluster: text('cluster'),
    live: oneOf('live', text('live', 'auto'), LIVE, problems),
    statusBranch: text('status-branch', BOX_DEFAULTS.statusBranch),
    branch: text('branch'),
    failOn: oneOf('fail-on', text('fail-on', 'error'), FAIL_ON, problems),
    images: flag('images'),
    comment: flag('comment'),
    status: flag('status'),
    workingDirectory: text('working-directory', '.'),
    token: text('token'),
  };
  for (const path of inputs.paths) {
    if (path.startsWith('/') || path.split('/').includes('..'))
      problems.push(`path: "${path}" must lie inside the repository`);
  }
  for (const name of ['statusBranch', 'branch'] as const) {
    if (/^-|[\s:^~?*[\\]|\.\./.test(inputs[name])) problems.push(`"${inputs[name]}" is no name of a branch`);
  }
  if (problems.length > 0) {
    throw new BerthError('ConfigInvalid', {
      detail: problems.join('; '),
      help: 'correct it under `with:` in the workflow',
    });
  }
  return inputs;
}

function oneOf<T extends string>(name: string, value: string, known: readonly T[], problems: string[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined) problems.push(`${name}: "${value}" must be one of ${known.join(', ')}`);
  return found ?? (known[0] as T);
}
