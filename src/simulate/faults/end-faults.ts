import type { Machine } from '../machine.ts';
import { resetConfiguration } from './reconfigure.ts';
import { tidySecrets } from './secrets-on-the-machine.ts';

/** Ends everything that is wrong with the machine. */
export function endFaults(machine: Machine): void {
  for (const node of machine.nodes) {
    node.engine.setAvailable(true);
    node.engine.setForeignMemory(0);
    node.engine.fillInodes(0.1);
    if (node.isMember && !node.isReachable) machine.setReachable(node, true);
  }
  tidySecrets(machine);
  resetConfiguration(machine);
  machine.board.clear();
  machine.board.isEngineDown = false;
  machine.engine.setEventsMuted(false);
  machine.engine.setAvailable(true);
}
