import { BerthError } from '../../lib/errors.ts';
import { findSimilar } from '../../manifests/validate/did-you-mean.ts';
import { findKindByName, KINDS, type KindInfo, kindsInCategory } from '../../objects/kinds.ts';

/** Objects of one kind that are meant: those of these names, or all when there are none. */
export interface Target {
  readonly kind: KindInfo;
  readonly names: readonly string[];
}

/** Where they are looked for. */
export interface ScopeOptions {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
}

/** `undefined` stands for all namespaces. */
export function namespaceOf({ namespace, allNamespaces }: ScopeOptions): string | undefined {
  return allNamespaces === true ? undefined : (namespace ?? 'default');
}

/**
 * What `pods`, `deploy,svc`, `all`, `pod a b` or `deploy/web svc/web` mean. Throws `UsageInvalid` for an unknown kind,
 * or for a mixture of both ways to name an object.
 */
export function parseTargets(first: string, names: readonly string[]): readonly Target[] {
  if (first.includes('/')) return parsePairs([first, ...names]);
  const mixed = names.find((name) => name.includes('/'));
  if (mixed !== undefined) throw usage(`"${mixed}" names a kind, and so does "${first}" before it`);
  const kinds = first.split(',').flatMap((word) => kindsNamed(word));
  if (kinds.length > 1 && names.length > 0)
    throw usage('names can be given of one kind only; write KIND/NAME for several');
  return kinds.map((kind) => ({ kind, names }));
}

function parsePairs(pairs: readonly string[]): readonly Target[] {
  const targets: { kind: KindInfo; names: string[] }[] = [];
  for (const pair of pairs) {
    const { kind, name } = parsePair(pair);
    const present = targets.find((target) => target.kind === kind);
    if (present === undefined) targets.push({ kind, names: [name] });
    else present.names.push(name);
  }
  return targets;
}

/** `deployment/web`. Throws `UsageInvalid` for anything else. */
export function parsePair(pair: string): { readonly kind: KindInfo; readonly name: string } {
  const [word = '', name = '', ...surplus] = pair.split('/');
  if (word === '' || name === '' || surplus.length > 0)
    throw usage(`"${pair}" must be KIND/NAME, such as deployment/web`);
  return { kind: findOneKind(word), name };
}

function kindsNamed(word: string): readonly KindInfo[] {
  const category = kindsInCategory(word.toLowerCase()).filter(isServed);
  return category.length > 0 ? category : [findOneKind(word)];
}

function findOneKind(word: string): KindInfo {
  const kind = findKindByName(word);
  if (kind !== undefined && isServed(kind)) return kind;
  if (kind !== undefined) throw usage(`Berth does not keep ${kind.plural}: ${kind.supportReason}`);
  const known = KINDS.filter(isServed).flatMap(({ plural, singular, shortNames }) => [plural, singular, ...shortNames]);
  const similar = findSimilar(word, known);
  throw usage(`there is no kind "${word}"${similar === undefined ? '' : `; did you mean "${similar}"?`}`);
}

function isServed({ support }: KindInfo): boolean {
  return support !== 'refused';
}

/** `pod`, `deployment.apps`: how a name is prefixed where several kinds are listed. */
export function resourceNameOf({ singular, group }: KindInfo): string {
  return group === '' ? singular : `${singular}.${group}`;
}

export function usage(detail: string): BerthError {
  return new BerthError('UsageInvalid', { detail });
}
