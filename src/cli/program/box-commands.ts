import { type Command, Option } from 'commander';
import type { DoctorOptions } from '../commands/doctor.ts';
import type { DownOptions } from '../commands/down.ts';
import type { InstallOptions, UninstallOptions } from '../commands/install.ts';
import type { BackupOptions, CheckOptions, RestoreOptions } from '../commands/store.ts';
import type { UpCommandOptions } from '../commands/up.ts';
import { LOG_LEVELS } from '../live/log-levels.ts';
import {
  boxOptions,
  configOption,
  dataDirOption,
  examples,
  graceArgument,
  outputOption,
  progressOption,
  type SetExitCode,
} from './options.ts';

/** The commands that act on the box itself. */
export function defineBoxCommands(program: Command, setExitCode: SetExitCode): void {
  defineUp(program, setExitCode);
  defineDown(program, setExitCode);
  defineDoctor(program, setExitCode);
  defineInstall(program, setExitCode);
  defineStore(program, setExitCode);
}

function defineUp(program: Command, setExitCode: SetExitCode): void {
  const up = program.command('up').description('watch a repository and keep this box as it says');
  for (const option of boxOptions()) up.addOption(option);
  up.addOption(configOption())
    .option('--once', 'end when every application is healthy or has failed')
    .addOption(progressOption())
    .addOption(
      new Option('--log-level <level>', 'what is logged to standard error').choices(LOG_LEVELS).default('error'),
    )
    .addHelpText(
      'after',
      examples(
        'berth up --repo /srv/git/site.git',
        'berth up --repo https://git.example.com/team/site.git --token-file /etc/berth/token',
        "berth up --repo /srv/git/apps.git --path 'apps/*' --once",
        'berth up --repo /srv/git/site.git --runtime sim --data-dir /tmp/try',
      ),
    )
    .action(async (options: UpCommandOptions) => {
      const { runUp } = await import('../commands/up.ts');
      setExitCode(await runUp(options));
    });
}

function defineDown(program: Command, setExitCode: SetExitCode): void {
  program
    .command('down')
    .description(
      'stop Berth and remove the containers, network and rules of this cluster; data stays. Containers get their stop signal and their ' +
        'pod’s terminationGracePeriodSeconds to end; preStop hooks do not run',
    )
    .option('--purge', 'delete the data directory’s contents and the volumes, too')
    .option('-y, --yes', 'do not ask')
    .addOption(
      new Option(
        '--grace <duration>',
        'wait no longer than this for a container to end; 0s kills at once (default: what each pod grants)',
      ).argParser(graceArgument),
    )
    .addOption(dataDirOption())
    .addHelpText('after', examples('berth down', 'berth down --grace 10s', 'berth down --purge --yes'))
    .action(async (options: DownOptions) => {
      const { runDown } = await import('../commands/down.ts');
      setExitCode(await runDown(options));
    });
}

function defineDoctor(program: Command, setExitCode: SetExitCode): void {
  program
    .command('doctor')
    .description('check what Berth needs of this machine, with a remedy for what is missing')
    .addOption(configOption())
    .addOption(dataDirOption())
    .addOption(outputOption(['json', 'yaml']))
    .addHelpText('after', examples('berth doctor', 'berth doctor -o json'))
    .action(async (options: DoctorOptions) => {
      const { runDoctor } = await import('../commands/doctor.ts');
      setExitCode(await runDoctor(options));
    });
}

function defineInstall(program: Command, setExitCode: SetExitCode): void {
  const install = program
    .command('install')
    .description('write /etc/berth/config.yaml and a systemd unit, and start the service');
  for (const option of boxOptions()) install.addOption(option);
  install
    .option('--force', 'replace a configuration file that is there')
    .option('--print', 'show the files and write nothing')
    .addOption(rootOption())
    .addHelpText(
      'after',
      examples(
        'berth install --repo /srv/git/site.git',
        'berth install --repo https://git.example.com/team/site.git --token-file /etc/berth/token',
        'berth install --repo /srv/git/site.git --print',
      ),
    )
    .action(async (options: InstallOptions) => {
      const { runInstall } = await import('../commands/install.ts');
      setExitCode(await runInstall(options));
    });
  program
    .command('uninstall')
    .description('stop the service and remove its unit; containers go on until `berth down`')
    .option('--purge', 'remove /etc/berth/config.yaml, too')
    .addOption(rootOption())
    .addHelpText('after', examples('berth uninstall', 'berth uninstall --purge'))
    .action(async (options: UninstallOptions) => {
      const { runUninstall } = await import('../commands/install.ts');
      setExitCode(await runUninstall(options));
    });
}

/** For packagers and tests: where `/` is. */
function rootOption(): Option {
  return new Option('--root <dir>', 'write below this folder instead of /, and start nothing').hideHelp();
}

function defineStore(program: Command, setExitCode: SetExitCode): void {
  const store = program.command('store').description('check, back up or restore what Berth remembers');
  store
    .command('check')
    .description('verify every record of the store; needs Berth to be stopped')
    .addOption(dataDirOption())
    .addOption(outputOption(['json', 'yaml']))
    .addHelpText('after', examples('berth store check', 'berth store check -o json'))
    .action(async (options: CheckOptions) => {
      const { runStoreCheck } = await import('../commands/store.ts');
      setExitCode(await runStoreCheck(options));
    });
  store
    .command('backup')
    .description('copy the store into a new folder; works while Berth runs')
    .argument('<folder>', 'where to; made when it is missing')
    .addOption(dataDirOption())
    .addHelpText('after', examples('berth store backup /var/backups/berth-monday'))
    .action(async (folder: string, options: BackupOptions) => {
      const { runStoreBackup } = await import('../commands/store.ts');
      setExitCode(await runStoreBackup(folder, options));
    });
  store
    .command('restore')
    .description('put a backup in place; needs Berth to be stopped')
    .argument('<folder>', 'what `berth store backup` wrote')
    .option('--replace', 'move a store that is there aside')
    .addOption(dataDirOption())
    .addHelpText('after', examples('berth store restore /var/backups/berth-monday --replace'))
    .action(async (folder: string, options: RestoreOptions) => {
      const { runStoreRestore } = await import('../commands/store.ts');
      setExitCode(await runStoreRestore(folder, options));
    });
}
