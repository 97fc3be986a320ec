import { type Command, Option } from 'commander';
import type { PlanOptions } from '../commands/plan.ts';
import type { StatusOptions } from '../commands/status.ts';
import type { SyncOptions } from '../commands/sync.ts';
import {
  boxOptions,
  configOption,
  dataDirOption,
  durationArgument,
  examples,
  outputOption,
  progressOption,
  type SetExitCode,
} from './options.ts';

/** The commands about the repository and its applications. */
export function defineApplicationCommands(program: Command, setExitCode: SetExitCode): void {
  const plan = program
    .command('plan')
    .description('show what a commit would change, without changing anything')
    .argument('[revision]', 'a branch, tag or commit of the repository (default: the deployed branch)');
  for (const option of boxOptions()) plan.addOption(option);
  plan
    .addOption(configOption())
    .option('--exit-code', 'end with 2 when there are changes')
    .addOption(outputOption(['json', 'yaml']))
    .addHelpText(
      'after',
      examples(
        'berth plan',
        'berth plan feature-branch --exit-code',
        'berth plan 3f2c1a9 --repo /srv/git/site.git -o json',
      ),
    )
    .action(async (revision: string | undefined, options: PlanOptions) => {
      const { runPlan } = await import('../commands/plan.ts');
      setExitCode(await runPlan(revision, options));
    });
  program
    .command('sync')
    .description('look at the repository now, and wait until every application is healthy or has failed')
    .option('--no-wait', 'only ask')
    .addOption(
      new Option('--timeout <duration>', 'how long to wait (default: until the rollout itself times out)').argParser(
        durationArgument,
      ),
    )
    .addOption(progressOption())
    .addOption(dataDirOption())
    .addHelpText('after', examples('berth sync', 'berth sync --no-wait', 'berth sync --timeout 2m --progress plain'))
    .action(async (options: SyncOptions) => {
      const { runSync } = await import('../commands/sync.ts');
      setExitCode(await runSync(options));
    });
  program
    .command('status')
    .description('show where every application stands')
    .option('-w, --watch', 'go on showing changes')
    .addOption(dataDirOption())
    .addOption(outputOption(['json', 'yaml', 'name', 'wide']))
    .addHelpText('after', examples('berth status', 'berth status -w', 'berth status -o json'))
    .action(async (options: StatusOptions) => {
      const { runStatus } = await import('../commands/status.ts');
      setExitCode(await runStatus(options));
    });
}
