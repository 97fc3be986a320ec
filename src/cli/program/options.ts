import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../configuration/parse-duration.ts';
import { OUTPUT_FORMATS } from '../output/format-output.ts';
import { PROGRESS_MODES } from '../output/progress-modes.ts';

/** Takes the exit code of the command that was run. */
export type SetExitCode = (code: number) => void;

export function dataDirOption(): Option {
  return new Option(
    '--data-dir <dir>',
    'where Berth keeps its data (default: $BERTH_DATA_DIR, else as /etc/berth/config.yaml says, else /var/lib/berth or ~/.local/state/berth)',
  );
}

export function outputOption(formats: readonly string[] = OUTPUT_FORMATS): Option {
  return new Option('-o, --output <format>', 'form of the output').choices(formats);
}

export function namespaceOption(): Option {
  return new Option('-n, --namespace <name>', 'the namespace (default: default)');
}

export function allNamespacesOption(): Option {
  return new Option('-A, --all-namespaces', 'in every namespace').conflicts('namespace');
}

export function progressOption(): Option {
  return new Option('--progress <mode>', 'how progress is shown').choices(PROGRESS_MODES).default('auto');
}

/** `5m` in milliseconds. */
export function durationArgument(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined) throw new InvalidArgumentError('It is no duration; write it like 60s or 5m.');
  return durationMs;
}

/** A duration, or `0s` for none at all. */
export function graceArgument(text: string): number {
  return /^0+s?$/.test(text) ? 0 : durationArgument(text);
}

export function wholeNumberArgument(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** What the options of `up`, `plan` and `install` say of a box, in the order in which help lists them. */
export function boxOptions(): readonly Option[] {
  return [
    new Option('--repo <path-or-url>', 'the repository: a path, an https or ssh URL'),
    new Option('--branch <name>', 'the branch that is deployed (default: main)'),
    new Option(
      '--path <folder...>',
      'folders of the repository, each an application; * makes one of each (default: .)',
    ),
    new Option(
      '--cluster <name>',
      'name of this box in reports (default: the one it had last, at first the host name)',
    ),
    dataDirOption(),
    new Option('--runtime <name>', 'what runs the pods (default: docker)').choices(['docker', 'sim']),
    new Option('--status-branch <name>', 'where the outcome is committed (default: berth-status)'),
    new Option('--interval <duration>', 'how often a remote is asked (default: 60s)'),
    new Option('--rollout-timeout <duration>', 'how long a rollout may take (default: 10m)'),
    new Option('--token-file <file>', 'access token of an https remote'),
    new Option('--username <name>', 'user of an https remote'),
    new Option('--password-file <file>', 'password of an https remote'),
    new Option('--ca-file <file>', 'certificates to trust besides the system’s'),
    new Option('--ssh-key-file <file>', 'private key of an ssh remote'),
    new Option('--known-hosts-file <file>', 'host keys of an ssh remote'),
    helmOption(),
    kustomizeOption(),
  ];
}

export function kustomizeOption(): Option {
  return new Option(
    '--kustomize <file>',
    'a kustomize or kubectl that may fetch remote bases and run plugins (default: they are refused)',
  );
}

export function helmOption(): Option {
  return new Option('--helm <file>', 'the program that renders charts (default: helm in PATH)');
}

export function configOption(): Option {
  return new Option(
    '--config <file>',
    'a configuration file (default: /etc/berth/config.yaml, where no --repo is given)',
  );
}

/** Help that ends with examples. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}
