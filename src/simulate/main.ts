import { parseArgs } from 'node:util';
import { playRollout } from './rollout-scenario.ts';

const HELP = `Usage: npm run sim -- [--seed N] [--replicas N]

Plays a rollout of a whole box on a virtual clock and prints what came of it. Equal seeds print equal hashes.

Examples:
  npm run sim -- --seed 7
  npm run sim -- --seed 7 --replicas 100
`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    replicas: { type: 'string', default: '50' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help === true) process.stdout.write(HELP);
else
  process.stdout.write(
    `${JSON.stringify(await playRollout({ seed: Number(values.seed), replicas: Number(values.replicas) }))}\n`,
  );
