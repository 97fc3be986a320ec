import { matchesLabels } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import { type FilterPlugin, normalizeScores, type Refusal, type ScorePlugin } from '../plugin.ts';

type NodeAffinity = NonNullable<NonNullable<NonNullable<Pod['spec']>['affinity']>['nodeAffinity']>;
type NodeSelectorTerm = NonNullable<
  NodeAffinity['requiredDuringSchedulingIgnoredDuringExecution']
>['nodeSelectorTerms'][number];
type Requirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number];

const REFUSAL = { reasons: ["node(s) didn't match Pod's node affinity/selector"], isResolvable: false };

/** "NodeAffinity: implements node selectors and node affinity." Filter: both must match. */
export const nodeAffinity: FilterPlugin = {
  name: 'NodeAffinity',
  wakesOn: ['node-added', 'node-labels'],
  couldHelp: ({ pod }, { event, node, labelsBefore }) => {
    if (node === undefined) return true;
    if (!matchesNodeSelection(pod.spec, node)) return false;
    // "We can narrow down the criteria to unmatch -> match changes only" (isSchedulableAfterNodeChange).
    const before = event === 'node-labels' && labelsBefore !== undefined && { name: node.name, labels: labelsBefore };
    return before === false || !matchesNodeSelection(pod.spec, before);
  },
  prepare: ({ pod }) => {
    const selector = pod.spec?.nodeSelector;
    const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    if (selector === undefined && required === undefined) return undefined;
    return (node) => (matchesNodeSelection(pod.spec, node) ? undefined : REFUSAL);
  },
};

const NOT_NAMED: Refusal = { reasons: ["node(s) didn't satisfy plugin(s) [NodeAffinity]"], isResolvable: false };
const CONFLICT: Refusal = { reasons: ['pod affinity terms conflict'], isResolvable: false, isOfPod: true };

/**
 * "Each term has conflicting affinity to node.Name; therefore, the pod will not match any node" (the plugin's
 * PreFilter).
 */
export const nodeAffinityConflict: FilterPlugin = {
  ...nodeAffinity,
  prepare: ({ pod }) => (namedNodes(pod)?.size === 0 ? () => CONFLICT : undefined),
};

/**
 * "If every term names nodes, the others are not looked at" (the plugin's PreFilter): that is how the pods of a
 * DaemonSet are placed. Asked before all filters that look at nodes.
 */
export const nodeAffinityOfPod: FilterPlugin = {
  ...nodeAffinity,
  prepare: ({ pod }) => {
    const names = namedNodes(pod);
    return names === undefined ? undefined : ({ name }) => (names.has(name) ? undefined : NOT_NAMED);
  },
};

/** The nodes that the terms name; `undefined` when there is one that any node may match. */
function namedNodes({ spec }: Pod): ReadonlySet<string> | undefined {
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (terms === undefined || terms.length === 0) return undefined;
  const all = new Set<string>();
  for (const { matchFields = [] } of terms) {
    const [first, ...others] = matchFields.filter(({ key, operator }) => key === 'metadata.name' && operator === 'In');
    if (first === undefined) return undefined;
    for (const name of first.values ?? []) if (others.every(({ values }) => values?.includes(name))) all.add(name);
  }
  return all;
}

/** What a pod can select a node by. */
export interface SelectableNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Whether the node has what `nodeSelector` and the required node affinity ask for. */
export function matchesNodeSelection(spec: Pod['spec'], node: SelectableNode): boolean {
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return matchesLabels(spec?.nodeSelector, node.labels) && matchesAnyTerm(node, required?.nodeSelectorTerms);
}

/** Score: the sum of the weights of the preferred terms that the node matches. */
export const nodeAffinityScore: ScorePlugin = {
  name: 'NodeAffinity',
  weight: 2,
  prepare: ({ pod }) => {
    const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    if (preferred.length === 0) return undefined;
    return {
      // "An empty preferred scheduling term matches all objects with implicit weight 0" (core/v1,
      // PreferredSchedulingTerm).
      score: (node) =>
        preferred.reduce((sum, { preference, weight }) => sum + (matchesTerm(node, preference) ? weight : 0), 0),
      normalize: (scores) => normalizeScores(scores, { reversed: false }),
    };
  },
};

/** Whether a node is one of those that a selector means; without a selector each is. */
export function matchesNodeSelector(
  node: SelectableNode,
  selector: { readonly nodeSelectorTerms: readonly NodeSelectorTerm[] } | undefined,
): boolean {
  return matchesAnyTerm(node, selector?.nodeSelectorTerms);
}

/** "The terms are ORed"; "a null or empty node selector term matches no objects" (core/v1, NodeSelectorTerm). */
function matchesAnyTerm(node: SelectableNode, terms: readonly NodeSelectorTerm[] | undefined): boolean {
  return terms === undefined || terms.some((term) => matchesTerm(node, term));
}

/** "The requirements of them are ANDed." */
function matchesTerm(node: SelectableNode, { matchExpressions = [], matchFields = [] }: NodeSelectorTerm): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const fields = { 'metadata.name': node.name };
  return (
    matchExpressions.every((requirement) => matchesRequirement(node.labels, requirement)) &&
    matchFields.every((requirement) => matchesRequirement(fields, requirement))
  );
}

function matchesRequirement(
  labels: Readonly<Record<string, string>>,
  { key, operator, values = [] }: Requirement,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return compareIntegers(value, values[0], (a, b) => a > b);
    case 'Lt':
      return compareIntegers(value, values[0], (a, b) => a < b);
    default:
      return false;
  }
}

/**
 * "The values array must have a single element, which will be interpreted as an integer", of 64 bits
 * (labels.Requirement.Matches); a label that is none does not match.
 */
function compareIntegers(
  label: string | undefined,
  value: string | undefined,
  holds: (a: bigint, b: bigint) => boolean,
): boolean {
  const isInteger = (text: string | undefined): text is string =>
    text !== undefined && /^[+-]?\d+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
  return isInteger(label) && isInteger(value) && holds(BigInt(label), BigInt(value));
}
