import type { ErrorCodeEntry } from './error-code-entry.ts';

/** The machine and the command line. */
export const BOX_CODES = {
  DockerMissing: {
    class: 'terminal',
    summary: 'No Docker engine can be reached, or it lacks something that Berth needs.',
    help: 'run `berth doctor`',
  },
  KubectlMissing: {
    class: 'terminal',
    summary: 'There is no kubectl on this machine.',
    help: 'install kubectl, or use the command of `berth` that does the same: `berth --help` lists them',
  },
  NodeCordoned: {
    class: 'terminal',
    summary: 'A node takes no further pods, because somebody cordoned or drained it.',
    help: 'let it take pods again with `kubectl uncordon`',
  },
  NodePressure: {
    class: 'retryable',
    summary: 'A node is short of disk or memory: no further pod starts on it, and some may be evicted.',
    help: 'free some of it; `berth doctor` says what is short',
  },
  NotRunning: {
    class: 'terminal',
    summary: 'No Berth runs on this data directory.',
    help: 'start it with `berth up`, or name its --data-dir',
  },
  RightsMissing: {
    class: 'terminal',
    summary: 'This needs rights that the present user does not have.',
    help: 'run it as root',
  },
  Unhealthy: {
    class: 'terminal',
    summary: 'What was rolled out did not become what it should be.',
    help: 'look at it with `berth status` and `berth events -A`',
  },
  UsageInvalid: {
    class: 'terminal',
    summary: 'The command line has a mistake.',
    help: 'see the command’s --help',
  },
} as const satisfies Record<string, ErrorCodeEntry>;
