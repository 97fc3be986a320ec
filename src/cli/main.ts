import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { StatusOptions } from './commands/status.ts';
import type { UpCommandOptions } from './commands/up.ts';
import { LOG_LEVELS } from './live/log-levels.ts';
import { EXIT } from './output/exit-codes.ts';
import { OUTPUT_FORMATS } from './output/format-output.ts';
import { PROGRESS_MODES } from './output/progress-modes.ts';
import { reportError } from './output/report-error.ts';
import { createTerminal } from './output/terminal.ts';
import { VERSION } from './version.ts';

/** Commands are loaded when they are called: `berth status` must not wait for what only `berth up` needs. */
function createProgram(setExitCode: (code: number) => void): Command {
  const program = new Command('berth')
    .description('GitOps for one Docker box that speaks Kubernetes')
    .version(VERSION)
    .showHelpAfterError('(see the command’s --help for examples)')
    .exitOverride();
  const dataDir = () =>
    new Option('--data-dir <dir>', 'where Berth keeps its data (default: /var/lib/berth, or ~/.local/state/berth)');
  const output = () => new Option('-o, --output <format>', 'for machines').choices(OUTPUT_FORMATS);

  program
    .command('up')
    .description('watch a repository and keep this box as it says')
    .option('--repo <path-or-url>', 'the repository: a path, an https or ssh URL')
    .option('--branch <name>', 'the branch that is deployed (default: main)')
    .option('--path <folder...>', 'folders of the repository, each an application; * makes one of each (default: .)')
    .option('--cluster <name>', 'name of this box in reports (default: the host name)')
    .addOption(dataDir())
    .addOption(new Option('--runtime <name>', 'what runs the pods (default: docker)').choices(['docker', 'sim']))
    .option('--status-branch <name>', 'where the outcome is committed (default: berth-status)')
    .option('--interval <duration>', 'how often a remote is asked (default: 60s)')
    .option('--rollout-timeout <duration>', 'how long a rollout may take (default: 10m)')
    .option('--token-file <file>', 'access token of an https remote')
    .option('--username <name>', 'user of an https remote')
    .option('--password-file <file>', 'password of an https remote')
    .option('--ca-file <file>', 'certificates to trust besides the system’s')
    .option('--ssh-key-file <file>', 'private key of an ssh remote')
    .option('--known-hosts-file <file>', 'host keys of an ssh remote')
    .option('--config <file>', 'a configuration file (default: /etc/berth/config.yaml, where no --repo is given)')
    .option('--once', 'end when every application is healthy or has failed')
    .addOption(new Option('--progress <mode>', 'how progress is shown').choices(PROGRESS_MODES).default('auto'))
    .addOption(
      new Option('--log-level <level>', 'what is logged to standard error').choices(LOG_LEVELS).default('error'),
    )
    .addHelpText(
      'after',
      `
Examples:
  berth up --repo /srv/git/site.git
  berth up --repo https://git.example.com/team/site.git --token-file /etc/berth/token
  berth up --repo /srv/git/apps.git --path 'apps/*' --once`,
    )
    .action(async (options: UpCommandOptions) => {
      const { runUp } = await import('./commands/up.ts');
      setExitCode(await runUp(options));
    });

  program
    .command('status')
    .description('show where every application stands')
    .option('-w, --watch', 'go on showing changes')
    .addOption(dataDir())
    .addOption(output())
    .addHelpText('after', '\nExamples:\n  berth status\n  berth status -w\n  berth status -o json')
    .action(async (options: StatusOptions) => {
      const { runStatus } = await import('./commands/status.ts');
      setExitCode(await runStatus(options));
    });

  return program;
}

/** Runs the command line and resolves with the exit code: 2 for wrong usage, 1 for an error. */
async function main(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  try {
    await createProgram((code) => {
      exitCode = code;
    }).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError || error instanceof InvalidArgumentError)
      return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return reportError(error, createTerminal(process.stderr));
  }
}

process.exitCode = await main(process.argv.slice(2));
