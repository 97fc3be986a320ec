import type { FilterPlugin } from '../plugin.ts';

const REFUSAL = { reasons: ["node(s) didn't have free ports for the requested pod ports"], isResolvable: true };

/** "NodePorts: checks if a node has free ports for the requested Pod ports." */
export const nodePorts: FilterPlugin = {
  name: 'NodePorts',
  wakesOn: ['node-added', 'pod-gone', 'pod-changed'],
  couldHelp: ({ hostPorts }, { node }) => node === undefined || !hostPorts.some((port) => node.isPortTaken(port)),
  prepare: ({ hostPorts }) => {
    if (hostPorts.length === 0) return undefined;
    return (node) => (hostPorts.some((port) => node.isPortTaken(port)) ? REFUSAL : undefined);
  },
};
