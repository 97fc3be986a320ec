import { Command, CommanderError, Option } from 'commander';
import { askYes } from '../output/ask.ts';
import { EXIT } from '../output/exit-codes.ts';
import { PROGRESS_MODES } from '../output/progress-modes.ts';
import { reportError } from '../output/report-error.ts';
import { reportUsage } from '../output/report-usage.ts';
import { createTerminal } from '../output/terminal.ts';
import { checkUsage } from '../program/usage-problems.ts';
import { type DemoOptions, runDemo } from './run-demo.ts';

function createDemoProgram(): Command {
  return new Command('demo')
    .description(
      'Berth on the sample repository, from nothing: finds or installs Docker, makes a Git repository, and shows what a push does. Ctrl-C removes everything again.',
    )
    .usage('[options]    (npm run demo -- [options])')
    .option('--exit', 'check everything, an edit included, remove it again and end')
    .option('-y, --yes', 'install what is missing without asking')
    .addOption(new Option('--runtime <name>', 'what runs the pods').choices(['docker', 'sim']).default('docker'))
    .addOption(new Option('--progress <mode>', 'how progress is shown').choices(PROGRESS_MODES).default('auto'))
    .addHelpText(
      'after',
      '\nExamples:\n  npm run demo\n  npm run demo -- --exit --yes\n  npm run demo -- --runtime sim    (without Docker)',
    )
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
}

async function main(args: readonly string[]): Promise<number> {
  const program = createDemoProgram();
  const errors = createTerminal(process.stderr);
  const { problems } = checkUsage(program, args);
  if (problems.length > 0) return reportUsage(problems, 'npm run demo -- --help', errors);
  try {
    const options = program.parse(args, { from: 'user' }).opts<Omit<DemoOptions, 'ask'>>();
    return await runDemo({ ...options, ask: process.stdin.isTTY ? askYes : undefined });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return reportError(error, errors);
  }
}

// What still listens, such as a socket of the engine, must not keep a finished demo from ending.
process.exit(await main(process.argv.slice(2)));
