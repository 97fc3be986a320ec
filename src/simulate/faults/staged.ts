import type { Machine } from '../machine.ts';
import { endFaults } from './end-faults.ts';

/** The first of them is tainted before the others count as lost. */
const FIRST_ALONE_MS = 25_000;
/** After which nobody has heard of them for longer than a node may be silent. */
const LOST_MS = 150_000;

/** What no seed draws, because it costs much time or has its place in an episode. */
export const STAGED_FAULTS = {
  'all faults end': endFaults,
  'a rack joins': (machine) => machine.joinRack(),
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
