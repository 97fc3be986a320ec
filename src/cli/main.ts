/**
 * The command line: the composition root of the live world. `program/` says which commands there are, `commands/` has
 * one file for each, `configuration/` and `live/` put a box together out of real drivers, `objects/` and `describe/`
 * ask the API, `doctor/`, `install/` and `setup/` deal with the machine, `output/` prints, `demo/` is a program of its
 * own. It holds no logic of the box: what a box does is in `src/box`.
 */
import { CommanderError } from 'commander';
import { EXIT } from './output/exit-codes.ts';
import { reportError } from './output/report-error.ts';
import { reportUsage } from './output/report-usage.ts';
import { createTerminal } from './output/terminal.ts';
import { createProgram } from './program/create-program.ts';
import { checkUsage } from './program/usage-problems.ts';

/** Runs the command line and resolves with the exit code: 2 for wrong usage, 1 for an error. */
async function main(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram((code) => {
    exitCode = code;
  });
  const errors = createTerminal(process.stderr);
  if (args.length === 0) {
    errors.write(program.helpInformation());
    return EXIT.usage;
  }
  const { command, problems } = checkUsage(program, args);
  if (problems.length > 0) return reportUsage(problems, `${command} --help`, errors);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(error, errors);
    if (error.exitCode === 0) return EXIT.ok;
    return reportUsage([error.message.replace(/^error: /, '')], `${command} --help`, errors);
  }
}

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.ok);
});

process.exitCode = await main(process.argv.slice(2));
// Everything is closed. A timer or socket that somebody has forgotten must not hold up the end: whoever asked for it
// would wait in vain.
setTimeout(() => process.exit(), 5_000).unref();
