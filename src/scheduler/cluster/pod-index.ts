import type { Pod } from '../../objects/types.ts';
import { NodeTally } from './node-tally.ts';
import type { PodInfo } from './pod-info.ts';
import type { NamespaceLabels, PodSelection, PodTerm } from './pod-term.ts';

/** Pods that are meant by somebody, counted where they run. */
interface Counted {
  readonly selection: PodSelection;
  readonly tally: NodeTally;
}

/** Equal terms of pods that run: they concern every pod that comes and that they match. */
interface StandingTerm {
  readonly term: PodTerm;
  readonly tally: NodeTally;
}

/** Selections that are kept counted at most; the one that was not asked for the longest goes first. */
const MAX_COUNTED = 2_000;
/**
 * "hardPodAffinityWeight: the weight of required affinity terms of pods that run, when nodes are scored", 1 by default.
 */
const HARD_WEIGHT = 1;

/**
 * Counts pods by what other pods say of them, one by one as they come and go, so that placing a pod never looks at all
 * the others.
 *
 * Invariant: each tally holds exactly the pods between `add` and `remove` that its selection matches, or, for standing
 * terms, that have the term.
 */
export class PodIndex {
  readonly #namespaceLabels: NamespaceLabels;
  readonly #forEachPod: (visit: (info: PodInfo, nodeName: string) => void) => void;
  readonly #byLabel = new Map<string, Map<string, Map<PodInfo, string>>>();
  readonly #counted = new HintedMap<Counted>(({ selection }) => selection.hint);
  readonly #antiTerms = new HintedMap<StandingTerm>(({ term }) => term.hint);
  readonly #wishes = new HintedMap<StandingTerm>(({ term }) => term.hint);

  constructor(options: {
    readonly namespaceLabels: NamespaceLabels;
    /** Visits every pod with its node. */
    readonly forEachPod: (visit: (info: PodInfo, nodeName: string) => void) => void;
  }) {
    this.#namespaceLabels = options.namespaceLabels;
    this.#forEachPod = options.forEachPod;
  }

  add(info: PodInfo, nodeName: string): void {
    this.#account(info, nodeName, 1);
  }

  remove(info: PodInfo, nodeName: string): void {
    this.#account(info, nodeName, -1);
  }

  /** How many pods the selection means, by node. */
  count(selection: PodSelection): NodeTally {
    const known = this.#counted.touch(selection.key);
    if (known !== undefined) return known.tally;
    const tally = new NodeTally();
    const visit = ({ pod }: PodInfo, nodeName: string) => {
      if (selection.matches(pod, this.#namespaceLabels)) tally.add(nodeName, 1);
    };
    if (selection.hint === undefined) this.#forEachPod(visit);
    else for (const [info, nodeName] of this.#podsWith(selection.hint)) visit(info, nodeName);
    this.#counted.set(selection.key, { selection, tally });
    if (this.#counted.size > MAX_COUNTED) this.#counted.dropOldest();
    return tally;
  }

  /** Required anti-affinity terms of pods that run and that this pod would break. */
  antiTermsAgainst(pod: Pod): readonly StandingTerm[] {
    return this.#antiTerms.near(pod).filter(({ term }) => term.matches(pod, this.#namespaceLabels));
  }

  /** Terms of pods that run which make a node better or worse for this pod, with their weights in the tally. */
  wishesFor(pod: Pod): readonly StandingTerm[] {
    return this.#wishes.near(pod).filter(({ term }) => term.matches(pod, this.#namespaceLabels));
  }

  matches(selection: PodSelection, pod: Pod): boolean {
    return selection.matches(pod, this.#namespaceLabels);
  }

  /** To be called when the labels of a namespace have changed: what was counted may be wrong. */
  onNamespaceChanged(): void {
    this.#counted.clear();
  }

  /** Pods with a label; a key that was asked for once is kept sorted from then on. */
  #podsWith(hint: string): ReadonlyMap<PodInfo, string> {
    const key = hint.slice(0, hint.indexOf('='));
    const value = hint.slice(key.length + 1);
    let byValue = this.#byLabel.get(key);
    if (byValue === undefined) {
      const sorted = new Map<string, Map<PodInfo, string>>();
      this.#forEachPod((info, nodeName) => put(sorted, info.pod.metadata.labels?.[key], info, nodeName));
      this.#byLabel.set(key, sorted);
      byValue = sorted;
    }
    return byValue.get(value) ?? NO_PODS;
  }

  #account(info: PodInfo, nodeName: string, sign: 1 | -1): void {
    for (const [key, byValue] of this.#byLabel) {
      const value = info.pod.metadata.labels?.[key];
      if (sign === 1) put(byValue, value, info, nodeName);
      else if (value !== undefined) drop(byValue, value, info);
    }
    for (const { selection, tally } of this.#counted.near(info.pod)) {
      if (selection.matches(info.pod, this.#namespaceLabels)) tally.add(nodeName, sign);
    }
    for (const term of info.terms.requiredAntiAffinity) this.#stand(this.#antiTerms, term, nodeName, sign);
    for (const term of info.terms.requiredAffinity) this.#stand(this.#wishes, term, nodeName, sign * HARD_WEIGHT);
    for (const { term, weight } of info.terms.preferred) this.#stand(this.#wishes, term, nodeName, sign * weight);
  }

  #stand(map: HintedMap<StandingTerm>, term: PodTerm, nodeName: string, amount: number): void {
    const known = map.get(term.key);
    const standing = known ?? { term, tally: new NodeTally() };
    if (known === undefined) map.set(term.key, standing);
    standing.tally.add(nodeName, amount);
    if (standing.tally.isEmpty) map.delete(term.key);
  }
}

const NO_PODS: ReadonlyMap<PodInfo, string> = new Map();

function put(
  byValue: Map<string, Map<PodInfo, string>>,
  value: string | undefined,
  info: PodInfo,
  nodeName: string,
): void {
  if (value === undefined) return;
  const pods = byValue.get(value);
  if (pods === undefined) byValue.set(value, new Map([[info, nodeName]]));
  else pods.set(info, nodeName);
}

function drop(byValue: Map<string, Map<PodInfo, string>>, value: string, info: PodInfo): void {
  const pods = byValue.get(value);
  pods?.delete(info);
  if (pods?.size === 0) byValue.delete(value);
}

/** Entries found by a label that every pod they match has, so that a pod meets only those near to it. */
class HintedMap<T> {
  readonly #hintOf: (entry: T) => string | undefined;
  readonly #entries = new Map<string, T>();
  readonly #byHint = new Map<string, Set<T>>();
  readonly #withoutHint = new Set<T>();

  constructor(hintOf: (entry: T) => string | undefined) {
    this.#hintOf = hintOf;
  }

  get size(): number {
    return this.#entries.size;
  }

  values(): Iterable<T> {
    return this.#entries.values();
  }

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  /** As `get`; the entry counts as the newest then. */
  touch(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  set(key: string, entry: T): void {
    this.#entries.set(key, entry);
    this.#setOf(entry, true)?.add(entry);
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    const set = this.#setOf(entry, false);
    set?.delete(entry);
    const hint = this.#hintOf(entry);
    if (set?.size === 0 && hint !== undefined) this.#byHint.delete(hint);
  }

  dropOldest(): void {
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.delete(oldest.value);
  }

  clear(): void {
    this.#entries.clear();
    this.#byHint.clear();
    this.#withoutHint.clear();
  }

  /** Every entry that may match the pod. */
  near({ metadata: { labels } }: Pod): readonly T[] {
    if (this.#entries.size === 0) return [];
    const found = [...this.#withoutHint];
    for (const key in labels) {
      const set = this.#byHint.get(`${key}=${labels[key]}`);
      if (set !== undefined) found.push(...set);
    }
    return found;
  }

  #setOf(entry: T, isNew: boolean): Set<T> | undefined {
    const hint = this.#hintOf(entry);
    if (hint === undefined) return this.#withoutHint;
    const known = this.#byHint.get(hint);
    if (known !== undefined || !isNew) return known;
    const set = new Set<T>();
    this.#byHint.set(hint, set);
    return set;
  }
}
