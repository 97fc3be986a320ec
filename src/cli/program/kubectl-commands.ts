import { type Command, InvalidArgumentError, Option } from 'commander';
import type { KubeconfigOptions } from '../commands/kubeconfig.ts';
import type { ConnectionOptions } from '../commands/socket-of.ts';
import { dataDirOption, examples, type SetExitCode, wholeNumberArgument } from './options.ts';

/** Its words are kubectl's, whatever they are. */
export const KUBECTL_COMMAND = 'kubectl';

/** The ways in for kubectl and for everything else that speaks Kubernetes. */
export function defineKubectlCommands(program: Command, setExitCode: SetExitCode): void {
  program
    .command(KUBECTL_COMMAND)
    .description('run kubectl against this box')
    .argument('[words...]', 'what kubectl is to do')
    .addOption(dataDirOption())
    .allowUnknownOption()
    .passThroughOptions()
    .addHelpText(
      'after',
      examples(
        'berth kubectl get pods -A',
        'berth kubectl apply -f web.yaml',
        'berth kubectl rollout undo deployment/web -n shop',
        'berth kubectl --data-dir /tmp/try get nodes',
      ),
    )
    .action(async (words: readonly string[], options: ConnectionOptions) => {
      const { runKubectl } = await import('../commands/kubectl.ts');
      setExitCode(await runKubectl(words, options));
    });
  program
    .command('kubeconfig')
    .description('open a port for kubectl and other clients, and print the configuration that they need')
    .addOption(new Option('--file <file>', 'write it there, readable by this user only'))
    .addOption(
      new Option('--port <number>', 'port of 127.0.0.1 (default: 6443 or the next free one)').argParser(portArgument),
    )
    .addOption(new Option('--revoke', 'close the port and make its token worth nothing').conflicts(['file', 'port']))
    .addOption(dataDirOption())
    .addHelpText(
      'after',
      examples(
        'berth kubeconfig --file ~/.kube/box1',
        'berth kubeconfig --file ~/.kube/box1 --port 16443',
        'berth kubeconfig --revoke',
      ),
    )
    .action(async (options: KubeconfigOptions) => {
      const { runKubeconfig } = await import('../commands/kubeconfig.ts');
      setExitCode(await runKubeconfig(options));
    });
}

function portArgument(text: string): number {
  const port = wholeNumberArgument(text);
  if (port < 1 || port > 65_535) throw new InvalidArgumentError('It must be a number from 1 to 65535.');
  return port;
}
