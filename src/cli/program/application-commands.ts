import { type Command, Option } from 'commander';
import type { PlanOptions } from '../commands/plan.ts';
import type { RenderOptions } from '../commands/render.ts';
import type { StatusOptions } from '../commands/status.ts';
import type { SyncOptions } from '../commands/sync.ts';
import type { ValidateOptions } from '../commands/validate.ts';
import {
  boxOptions,
  configOption,
  dataDirOption,
  durationArgument,
  examples,
  helmOption,
  kustomizeOption,
  outputOption,
  progressOption,
  type SetExitCode,
} from './options.ts';

/** The commands about the repository and its applications. */
export function defineApplicationCommands(program: Command, setExitCode: SetExitCode): void {
  definePlan(program, setExitCode);
  defineRender(program, setExitCode);
  defineValidate(program, setExitCode);
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

function definePlan(program: Command, setExitCode: SetExitCode): void {
  const plan = program
    .command('plan')
    .description(
      'play a change forward with the real controllers, and report what it would do, without changing anything',
    )
    .argument('[revision]', 'the same as --head');
  for (const option of boxOptions()) plan.addOption(option);
  plan
    .addOption(configOption())
    .option(
      '--base <ref>',
      'what the change is compared with: where the head left it (default: on the box what is live, else the deployed branch)',
    )
    .option(
      '--head <ref>',
      'the change: a branch, tag, id or HEAD~1 (default: on the box the deployed branch, else HEAD)',
    )
    .addOption(
      new Option(
        '--live <source>',
        'where what runs is read from (default: the store of this box, else the status branch, else the base)',
      ).choices(['auto', 'store', 'status-branch', 'none']),
    )
    .addOption(
      new Option('--fail-on <severity>', 'end with 1 for findings from this severity on')
        .choices(['error', 'warning', 'info', 'never'])
        .default('error'),
    )
    .option('--exit-code', 'end with 2 when there are changes')
    .option('--look-up-images', 'ask the registries whether the images exist')
    .addOption(outputOption(REPORT_FORMATS))
    .addHelpText(
      'after',
      examples(
        'berth plan',
        'berth plan --base main',
        'berth plan --base origin/main --head feature -o markdown',
        'berth plan HEAD~1 --live none --exit-code',
      ),
    )
    .action(async (revision: string | undefined, options: PlanOptions) => {
      const { runPlan } = await import('../commands/plan.ts');
      setExitCode(await runPlan(revision, options));
    });
}

const REPORT_FORMATS = ['text', 'markdown', 'json', 'github'] as const;

function defineRender(program: Command, setExitCode: SetExitCode): void {
  program
    .command('render')
    .description(
      'print what a folder renders to, as `kubectl kustomize` and `helm template` do; needs no Berth that runs',
    )
    .argument('<folder>', 'a folder with a kustomization, a chart or manifests')
    .addOption(atOption())
    .addOption(outputOption(['yaml', 'json']))
    .option(
      '--trace <object>',
      'show which file and line wrote the fields of Kind/namespace/name, Kind/name or a file; #field for one of them',
    )
    .addOption(helmOption())
    .addOption(kustomizeOption())
    .addHelpText(
      'after',
      examples(
        'berth render overlays/production',
        'berth render overlays/production --at v1.2 -o json',
        'berth render overlays/production --trace Deployment/shop/web',
        "berth render overlays/production --trace 'Deployment/web#spec.template.spec.containers[0].image'",
      ),
    )
    .action(async (folder: string, options: RenderOptions) => {
      const { runRender } = await import('../commands/render.ts');
      setExitCode(await runRender(folder, options));
    });
}

function defineValidate(program: Command, setExitCode: SetExitCode): void {
  program
    .command('validate')
    .description('check what folders render to, with every problem at its line; needs no Berth that runs')
    .argument('<folder...>', 'folders of applications')
    .addOption(atOption())
    .addOption(outputOption(['json', 'yaml']))
    .addOption(helmOption())
    .addOption(kustomizeOption())
    .option('--age-key-file <file>', 'age keys for what sops encrypted')
    .addHelpText(
      'after',
      examples(
        'berth validate overlays/production',
        'berth validate apps/* -o json',
        'berth validate overlays/production --at feature-branch',
      ),
    )
    .action(async (folders: readonly string[], options: ValidateOptions) => {
      const { runValidate } = await import('../commands/validate.ts');
      setExitCode(await runValidate(folders, options));
    });
}

function atOption(): Option {
  return new Option(
    '--at <revision>',
    'as of a branch, tag or commit of the repository (default: as it is on the disk)',
  );
}
