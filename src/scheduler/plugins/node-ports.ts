import { portsConflict } from '../cluster/node-info.ts';
import type { FilterPlugin } from '../plugin.ts';

const REFUSAL = { reasons: ["node(s) didn't have free ports for the requested pod ports"], isResolvable: true };

/** "NodePorts: checks if a node has free ports for the requested Pod ports." */
export const nodePorts: FilterPlugin = {
  name: 'NodePorts',
  wakesOn: ['node-added', 'pod-gone'],
  // Whether others still hold one of its ports is not asked: they may be less important.
  couldHelp: ({ hostPorts }, { other }) =>
    other === undefined || other.hostPorts.some((held) => hostPorts.some((port) => portsConflict(port, held))),
  prepare: ({ hostPorts }) => {
    if (hostPorts.length === 0) return undefined;
    return (node) => (hostPorts.some((port) => node.isPortTaken(port)) ? REFUSAL : undefined);
  },
};
