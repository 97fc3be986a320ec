import { Argument, type Command } from 'commander';
import type { VersionOptions } from '../commands/version.ts';
import { dataDirOption, examples, outputOption, type SetExitCode } from './options.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The commands about the command line itself. */
export function defineShellCommands(program: Command, setExitCode: SetExitCode): void {
  program
    .command('completion')
    .description('print a script that lets a shell complete commands, options and kinds')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText(
      'after',
      examples(
        'source <(berth completion bash)',
        'berth completion zsh > ~/.zsh/completions/_berth',
        'berth completion fish > ~/.config/fish/completions/berth.fish',
      ),
    )
    .action(async (shell: Shell) => {
      const { formatCompletion } = await import('../commands/completion.ts');
      process.stdout.write(formatCompletion(program, shell));
      setExitCode(0);
    });
  program
    .command('version')
    .description('show the version of this command, and of the Berth that runs')
    .addOption(outputOption(['json', 'yaml']))
    .addOption(dataDirOption())
    .addHelpText('after', examples('berth version', 'berth version -o json'))
    .action(async (options: VersionOptions) => {
      const { runVersion } = await import('../commands/version.ts');
      setExitCode(await runVersion(options));
    });
}
