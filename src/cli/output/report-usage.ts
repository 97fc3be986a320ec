import { EXIT } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** Prints everything that is wrong with a command line, and returns the exit code for it. */
export function reportUsage(problems: readonly string[], help: string, terminal: Terminal): number {
  for (const problem of problems) terminal.write(`${terminal.style('red', 'error[UsageInvalid]')}: ${problem}\n`);
  terminal.write(`help: see \`${help}\`\n`);
  return EXIT.usage;
}
