import { randomFraction, randomInteger, randomItem, type SeededRandom } from '../../lib/random.ts';
import type { Machine } from '../machine.ts';
import { type BoxConfiguration, USUAL_CONFIGURATION } from '../world-settings.ts';

const FOR_MS = [20_000, 150_000] as const;
const NOWHERE_MS = 20_000;

/**
 * Folders beside those of the applications; one has the name of an application, which goes by another one for as long
 * as both are configured.
 */
const FURTHER_PATHS: readonly [string, ...string[]] = ['more/tools', 'more/shop'];

/**
 * Whoever keeps the box writes something else into its configuration, starts it anew, and takes that back after a
 * while.
 */
export const CONFIGURATIONS = {
  'configured with a further folder': (machine, random) => {
    const path = randomItem(random, FURTHER_PATHS);
    const isMistyped = randomFraction(random) < 0.3;
    const configuration = configure(machine, { paths: [...USUAL_CONFIGURATION.paths, path] });
    machine.clock.setTimer(randomInteger(random, ...FOR_MS), () => {
      if (!isMistyped) return restore(machine, configuration);
      if (machine.configuration !== configuration) return;
      const mistyped = configure(machine, { paths: [...USUAL_CONFIGURATION.paths, 'more/nowhere'] });
      machine.clock.setTimer(NOWHERE_MS, () => restore(machine, mistyped));
    });
  },
  'configured without patience': (machine, random) => {
    const configuration = configure(machine, { rolloutTimeoutMs: randomInteger(random, 5_000, 30_000) });
    machine.clock.setTimer(randomInteger(random, ...FOR_MS), () => restore(machine, configuration));
  },
  'configured without permissions': (machine, random) => {
    const configuration = configure(machine, { policy: { ...USUAL_CONFIGURATION.policy, namespaces: {} } });
    machine.clock.setTimer(randomInteger(random, ...FOR_MS), () => restore(machine, configuration));
  },
  'configured to keep few ended pods': (machine, random) => {
    const configuration = configure(machine, { terminatedPods: randomInteger(random, 0, 2) });
    machine.clock.setTimer(randomInteger(random, ...FOR_MS), () => restore(machine, configuration));
  },
} satisfies Record<string, (machine: Machine, random: SeededRandom) => void>;

function configure(machine: Machine, changes: Partial<BoxConfiguration>): BoxConfiguration {
  const configuration = { ...USUAL_CONFIGURATION, ...changes };
  machine.configuration = configuration;
  machine.crash('kill', 'it is configured anew');
  return configuration;
}

/** What somebody else has configured meanwhile stays. */
function restore(machine: Machine, configuration: BoxConfiguration): void {
  if (machine.configuration === configuration) resetConfiguration(machine);
}

export function resetConfiguration(machine: Machine): void {
  if (machine.configuration !== USUAL_CONFIGURATION) {
    machine.configuration = USUAL_CONFIGURATION;
    machine.crash('kill', 'it is configured as before');
  }
}
