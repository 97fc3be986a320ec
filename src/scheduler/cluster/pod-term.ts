import { type LabelSelector, type Labels, matcherOfSelector } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';

type PodSpec = NonNullable<Pod['spec']>;
type PodAffinity = NonNullable<NonNullable<PodSpec['affinity']>['podAffinity']>;
type AffinityTerm = NonNullable<PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']>[number];

/** Labels of a namespace; `undefined` for one that is not known. */
export type NamespaceLabels = (namespace: string) => Labels | undefined;

/** Which pods are meant, worked out once for a pod or a constraint. */
export interface PodSelection {
  /** Equal for selections that mean the same pods. */
  readonly key: string;
  /** `label=value` that every pod which is meant has; `undefined` when there is no such pair. */
  readonly hint: string | undefined;
  matches(pod: Pod, namespaceLabels: NamespaceLabels): boolean;
}

/** A term of pod affinity or anti-affinity. */
export interface PodTerm extends PodSelection {
  readonly topologyKey: string;
}

export interface PodTerms {
  readonly requiredAffinity: readonly PodTerm[];
  readonly requiredAntiAffinity: readonly PodTerm[];
  /** Preferences; those of anti-affinity have negative weights. */
  readonly preferred: readonly { readonly term: PodTerm; readonly weight: number }[];
}

const NO_TERMS: PodTerms = { requiredAffinity: [], requiredAntiAffinity: [], preferred: [] };

/** All that a pod says of other pods. */
export function podTermsOf(pod: Pod): PodTerms {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  if (podAffinity === undefined && podAntiAffinity === undefined) return NO_TERMS;
  const terms = (list: readonly AffinityTerm[] | undefined) => (list ?? []).map((term) => podTermOf(term, pod));
  const weighted = (affinity: PodAffinity | undefined, sign: 1 | -1) =>
    (affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm, weight }) => ({
      term: podTermOf(podAffinityTerm, pod),
      weight: sign * weight,
    }));
  return {
    requiredAffinity: terms(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    requiredAntiAffinity: terms(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferred: [...weighted(podAffinity, 1), ...weighted(podAntiAffinity, -1)],
  };
}

/**
 * "namespaces: the term is applied to the union of the namespaces listed in this field and the ones selected by
 * namespaceSelector; null or empty namespaces list and null namespaceSelector means this pod's namespace; an empty
 * selector ({}) matches all namespaces" (core/v1, PodAffinityTerm).
 */
function podTermOf(term: AffinityTerm, owner: Pod): PodTerm {
  const own = owner.metadata.namespace ?? '';
  const listed = term.namespaces ?? [];
  const isOwnOnly = listed.length === 0 && term.namespaceSelector === undefined;
  const namespaces = isOwnOnly ? [own] : listed;
  const selector = withLabelKeys(term.labelSelector, owner, term.matchLabelKeys, term.mismatchLabelKeys);
  const matchesPod = matcherOfSelector(selector);
  const matchesNamespace = matcherOfSelector(term.namespaceSelector);
  return {
    key: JSON.stringify([term.topologyKey, namespaces, term.namespaceSelector ?? null, selector ?? null]),
    hint: hintOf(selector),
    topologyKey: term.topologyKey,
    matches: (pod, namespaceLabels) => {
      const namespace = pod.metadata.namespace ?? '';
      const isIn = namespaces.includes(namespace) || matchesNamespace(namespaceLabels(namespace));
      return isIn && matchesPod(pod.metadata.labels);
    },
  };
}

/**
 * The pods of one namespace that a selector matches and that are not on their way out, as topology spread counts them:
 * with an empty selector it counts none (countPodsMatchSelector).
 */
export function spreadSelectionOf(namespace: string, selector: LabelSelector | undefined): PodSelection {
  const isEmpty = Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions ?? []).length === 0;
  const matchesPod = isEmpty ? () => false : matcherOfSelector(selector);
  return {
    key: JSON.stringify(['spread', namespace, selector ?? null]),
    hint: hintOf(selector),
    matches: ({ metadata }) =>
      metadata.namespace === namespace && metadata.deletionTimestamp === undefined && matchesPod(metadata.labels),
  };
}

/**
 * "matchLabelKeys: a set of pod label keys to select which pods will be taken into consideration. The keys are used to
 * lookup values from the incoming pod labels, those key-value labels are merged with labelSelector as key in (value);
 * mismatchLabelKeys: as key notin (value); keys that don't exist in the incoming pod labels will be ignored" (core/v1).
 */
export function withLabelKeys(
  selector: LabelSelector | undefined,
  { metadata }: Pod,
  matchKeys: readonly string[] | undefined,
  mismatchKeys: readonly string[] | undefined,
): LabelSelector | undefined {
  if (selector === undefined || (matchKeys === undefined && mismatchKeys === undefined)) return selector;
  const requirement = (operator: string) => (key: string) => {
    const value = metadata.labels?.[key];
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  };
  const added = [
    ...(matchKeys ?? []).flatMap(requirement('In')),
    ...(mismatchKeys ?? []).flatMap(requirement('NotIn')),
  ];
  return { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...added] };
}

function hintOf(selector: LabelSelector | undefined): string | undefined {
  const [pair] = Object.entries(selector?.matchLabels ?? {});
  if (pair !== undefined) return `${pair[0]}=${pair[1]}`;
  const exact = selector?.matchExpressions?.find(({ operator, values }) => operator === 'In' && values?.length === 1);
  return exact === undefined ? undefined : `${exact.key}=${exact.values?.[0]}`;
}
