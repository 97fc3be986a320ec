import type { FilterPlugin } from '../plugin.ts';

const REFUSAL = { reasons: ["node(s) didn't match the requested node name"], isResolvable: false };

/** "NodeName: checks if a Pod spec node name matches the current node." */
export const nodeName: FilterPlugin = {
  name: 'NodeName',
  wakesOn: ['node-added'],
  couldHelp: ({ pod }, { node }) => node === undefined || node.name === pod.spec?.nodeName,
  prepare: ({ pod }) => {
    const wanted = pod.spec?.nodeName ?? '';
    return wanted === '' ? undefined : ({ name }) => (name === wanted ? undefined : REFUSAL);
  },
};
