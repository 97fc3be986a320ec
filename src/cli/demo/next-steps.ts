import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { Terminal } from '../output/terminal.ts';
import { findProgram } from '../setup/ensure-docker.ts';
import { type DemoWorld, SAMPLE_OVERLAY } from './demo-world.ts';

/** What a person sees when everything runs: where the page is, and what to type next. */
export function formatNextSteps(world: DemoWorld, urls: readonly string[], terminal: Terminal): string {
  const { repository, dataDirectory, statusBranch, cluster } = world.configuration;
  // Beside the repository, so that it goes with the demo.
  const clone = join(dirname(repository), 'site');
  const berth = `npm run --silent berth --`;
  const at = `--data-dir ${dataDirectory}`;
  const bold = (text: string) => terminal.style('bold', text);
  const [first, ...others] = urls;
  const page =
    first === undefined ? noPage(world) : `${bold('The page:')}  ${first}${others.map((url) => `   ${url}`).join('')}`;
  return `
${terminal.style('green', '✔')} Everything is healthy.
${page}

${bold('Change it')}, in another terminal:
  git clone ${repository} ${clone}
  cd ${clone}
  sed -i 's/Hello from Berth/Hello from Git/' base/page.yaml
  git ${formatIdentity()}commit -am 'Say hello from Git' && git push
${first === undefined ? '' : `  curl -s ${first}\n`}
${bold('Look around')} (in this folder):
  ${berth} status ${at}
  ${berth} get all -n shop ${at}
  ${berth} logs deployment/visitor -n shop -f ${at}
  ${berth} describe deployment/web -n shop ${at}
  ${berth} render ${clone}/${SAMPLE_OVERLAY} --trace Deployment/web

${bold('What the repository knows')} of this box, on its status branch:
  git -C ${repository} show ${statusBranch}:${cluster}/README.md

${bold('Break it:')} rename \`replicas\` in base/web.yaml to \`replica\`, push, and see that nothing stops.

Ctrl-C ends the demo and removes everything that it made.
`;
}

function noPage({ configuration, candidateUrls }: DemoWorld): string {
  if (configuration.runtime === 'sim')
    return 'The runtime is simulated: the pods only pretend, so there is no page to open.';
  return `The page does not answer on ${candidateUrls.join(' or ')}; \`berth doctor\` says what is missing (services need root and nftables).`;
}

/** Git commits nothing for somebody whose name it does not know, as on a fresh machine. */
function formatIdentity(): string {
  const git = findProgram('git');
  const isKnown = git !== undefined && spawnSync(git, ['config', '--global', 'user.email']).status === 0;
  return isKnown ? '' : '-c user.name=Me -c user.email=me@localhost ';
}
