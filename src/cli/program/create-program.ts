import { Command } from 'commander';
import { VERSION } from '../version.ts';
import { defineApplicationCommands } from './application-commands.ts';
import { defineBoxCommands } from './box-commands.ts';
import { defineKubectlCommands } from './kubectl-commands.ts';
import { defineObjectCommands } from './object-commands.ts';
import type { SetExitCode } from './options.ts';
import { defineShellCommands } from './shell-commands.ts';

/**
 * The command line as data: every command with its arguments, options and examples. What a command does is loaded when
 * it is called: `berth status` must not wait for what only `berth up` needs.
 */
export function createProgram(setExitCode: SetExitCode): Command {
  const program = new Command('berth')
    .description('GitOps for one Docker box that speaks Kubernetes')
    .version(VERSION, '--version', 'show the version of Berth')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help of a command')
    // What follows `kubectl` is kubectl's.
    .enablePositionalOptions()
    .addHelpText(
      'after',
      '\nStart with `berth up --repo PATH-or-URL`; `berth COMMAND --help` has examples of each command.',
    );
  defineBoxCommands(program, setExitCode);
  defineApplicationCommands(program, setExitCode);
  defineObjectCommands(program, setExitCode);
  defineKubectlCommands(program, setExitCode);
  defineShellCommands(program, setExitCode);
  silence(program);
  return program;
}

/** Errors are thrown and shown by `main` in Berth's own form. */
function silence(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: () => {} });
  for (const child of command.commands) silence(child);
}
