import { type Command, Option } from 'commander';
import type { DescribeOptions } from '../commands/describe.ts';
import type { EventsOptions } from '../commands/events.ts';
import type { ExecCommandOptions } from '../commands/exec.ts';
import type { GetOptions } from '../commands/get.ts';
import type { LogsOptions } from '../commands/logs.ts';
import {
  allNamespacesOption,
  dataDirOption,
  durationArgument,
  examples,
  namespaceOption,
  outputOption,
  type SetExitCode,
  wholeNumberArgument,
} from './options.ts';

/** The commands about the objects of the cluster, as people know them from kubectl. */
export function defineObjectCommands(program: Command, setExitCode: SetExitCode): void {
  defineGet(program, setExitCode);
  defineDescribe(program, setExitCode);
  defineEvents(program, setExitCode);
  defineLogs(program, setExitCode);
  defineExec(program, setExitCode);
}

function selectorOption(): Option {
  return new Option('-l, --selector <selector>', 'only objects with these labels, such as app=web,tier!=db');
}

function defineGet(program: Command, setExitCode: SetExitCode): void {
  program
    .command('get')
    .description('list objects')
    .argument('<kinds>', 'kinds such as pods, deploy,svc or all; or KIND/NAME')
    .argument('[names...]', 'only these; or further KIND/NAME')
    .addOption(namespaceOption())
    .addOption(allNamespacesOption())
    .addOption(selectorOption())
    .option('--field-selector <selector>', 'only objects with these fields, such as status.phase=Running')
    .option('-w, --watch', 'go on showing changes')
    .option('--no-headers', 'leave the line of column names out')
    .addOption(outputOption())
    .addOption(dataDirOption())
    .addHelpText(
      'after',
      examples(
        'berth get pods -n shop',
        'berth get deploy,svc -A -o wide',
        'berth get all -n shop',
        'berth get deployment/web -n shop -o yaml',
        'berth get pods -n shop -l app=web -w',
      ),
    )
    .action(async (kinds: string, names: readonly string[], options: GetOptions) => {
      const { runGet } = await import('../commands/get.ts');
      setExitCode(await runGet(kinds, names, options));
    });
}

function defineDescribe(program: Command, setExitCode: SetExitCode): void {
  program
    .command('describe')
    .description('show objects in full, with what happened to them; values of Secrets are never shown')
    .argument('<kind>', 'a kind such as pod, or KIND/NAME')
    .argument('[names...]', 'their names; all of the kind when left out')
    .addOption(namespaceOption())
    .addOption(allNamespacesOption())
    .addOption(selectorOption())
    .addOption(dataDirOption())
    .addHelpText(
      'after',
      examples(
        'berth describe pod web-74cdcbdb4-nwsbt -n shop',
        'berth describe deploy/web -n shop',
        'berth describe node',
      ),
    )
    .action(async (kind: string, names: readonly string[], options: DescribeOptions) => {
      const { runDescribe } = await import('../commands/describe.ts');
      setExitCode(await runDescribe(kind, names, options));
    });
}

function defineEvents(program: Command, setExitCode: SetExitCode): void {
  program
    .command('events')
    .description('show what happened, oldest first')
    .addOption(namespaceOption())
    .addOption(allNamespacesOption())
    .option('--for <kind/name>', 'only events of this object')
    .option('-w, --watch', 'go on showing events')
    .option('--no-headers', 'leave the line of column names out')
    .addOption(outputOption())
    .addOption(dataDirOption())
    .addHelpText(
      'after',
      examples('berth events -n shop', 'berth events -A -w', 'berth events -n shop --for deployment/web'),
    )
    .action(async (options: EventsOptions) => {
      const { runEvents } = await import('../commands/events.ts');
      setExitCode(await runEvents(options));
    });
}

function defineLogs(program: Command, setExitCode: SetExitCode): void {
  program
    .command('logs')
    .description('show what containers wrote')
    .argument('[pod]', 'a pod, or a workload such as deployment/web for all its pods')
    .addOption(namespaceOption())
    .addOption(selectorOption())
    .option('-c, --container <name>', 'the container; where it is left out the annotated or the first one')
    .option('--all-containers', 'every container of the pods')
    .option('-f, --follow', 'go on showing lines')
    .addOption(new Option('--tail <lines>', 'only the last lines').argParser(wholeNumberArgument))
    .addOption(new Option('--since <duration>', 'only lines newer than this, such as 5m').argParser(durationArgument))
    .option('--timestamps', 'begin each line with its time')
    .option('-p, --previous', 'of the container before its last restart')
    .addOption(dataDirOption())
    .addHelpText(
      'after',
      examples(
        'berth logs web-74cdcbdb4-nwsbt -n shop',
        'berth logs deployment/web -n shop -f --tail 20',
        'berth logs -l app=visitor -n shop --since 5m',
        'berth logs api-0 -c app --previous',
      ),
    )
    .action(async (pod: string | undefined, options: LogsOptions) => {
      const { runLogs } = await import('../commands/logs.ts');
      setExitCode(await runLogs(pod, options));
    });
}

function defineExec(program: Command, setExitCode: SetExitCode): void {
  program
    .command('exec')
    .description('run a command in a container, and end with its exit code')
    .argument('<pod>', 'a pod, or a workload such as deployment/web for one of its pods')
    .argument('<command...>', 'the command, after --')
    .addOption(namespaceOption())
    .option('-c, --container <name>', 'the container; where it is left out the annotated or the first one')
    .option('-i, --stdin', 'pass standard input on')
    .option('-t, --tty', 'give the command a terminal')
    .addOption(dataDirOption())
    .addHelpText(
      'after',
      examples(
        'berth exec -n shop deployment/web -- cat /www/index.html',
        'berth exec -it -n shop web-74cdcbdb4-nwsbt -- sh',
        'echo hello | berth exec -i -n shop deploy/web -- cat',
      ),
    )
    .action(async (pod: string, command: readonly string[], options: ExecCommandOptions) => {
      const { runExec } = await import('../commands/exec.ts');
      setExitCode(await runExec(pod, command, options));
    });
}
