import type { Machine } from '../machine.ts';
import { leaveAnothersObjects } from './another-berth.ts';
import { endFaults } from './end-faults.ts';

/** The first of them is tainted before the others count as lost. */
const FIRST_ALONE_MS = 25_000;
/** After which nobody has heard of them for longer than a node may be silent. */
const LOST_MS = 150_000;
/**
 * 2100 is no leap year, so that 29 February 2096 is the last one for eight years: further than a schedule is looked
 * ahead.
 */
const LEAP_EVE_MS = Date.UTC(2096, 1, 28, 23, 59, 20);

/** What no seed draws, because it costs much time or has its place in an episode. */
export const STAGED_FAULTS = {
  'all faults end': endFaults,
  'another Berth was here': (machine) => {
    machine.visits.push(leaveAnothersObjects);
    machine.crash('kill', 'another Berth takes its place');
  },
  'a rack joins': (machine) => machine.joinRack(),
  'the clock is set to the eve of a leap day': ({ clock }) => clock.jumpWall(LEAP_EVE_MS - clock.wallMs()),
  // "If the fraction of unhealthy nodes is at least unhealthy-zone-threshold … evictions are stopped".
  'all but the box are lost': (machine) => {
    const others = machine.nodes.filter((node) => node !== machine.box && node.isMember && node.isReachable);
    for (const [index, node] of others.entries()) {
      if (index === 0) machine.setReachable(node, false);
      else
        machine.clock.setTimer(FIRST_ALONE_MS, () => {
          if (node.isMember) machine.setReachable(node, false);
        });
      machine.clock.setTimer(LOST_MS, () => {
        if (node.isMember && !node.isReachable) machine.setReachable(node, true);
      });
    }
  },
} satisfies Record<string, (machine: Machine) => void>;
