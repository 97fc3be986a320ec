import { compilePattern } from '../pattern.ts';
import { RenderError } from '../problems.ts';
import {
  isMissing,
  isNull,
  kindName,
  type ListNode,
  listNode,
  mapNode,
  type Node,
  type Place,
  scalar,
  textOf,
  withField,
} from './node.ts';

/**
 * Splits at the delimiter; a backslash before it keeps it: `metadata/annotations/a.b\/c`. A leading delimiter is passed
 * over.
 */
export function splitPath(path: string, delimiter: string): readonly string[] {
  const parts = path.split(delimiter);
  if (parts.length > 1 && parts[0] === '') parts.shift();
  const steps: string[] = [];
  for (const part of parts) {
    const last = steps.at(-1);
    if (last?.endsWith('\\')) steps[steps.length - 1] = `${last.slice(0, -1)}${delimiter}${part}`;
    else steps.push(part);
  }
  return steps;
}

/** As `splitPath` with dots, where what stands in brackets is one step: `a.[name=b.c].d`, `a.[b.c]`. */
export function splitFieldPath(path: string): readonly string[] {
  const split = splitPath(path, '.');
  const steps: string[] = [];
  for (let i = 0; i < split.length; i++) {
    const part = split[i] ?? '';
    if (!part.startsWith('[') || part.endsWith(']')) {
      steps.push(part);
      continue;
    }
    const bracketed = [part];
    while (i < split.length - 1) {
      const next = split[++i] ?? '';
      bracketed.push(next);
      if (next.endsWith(']')) break;
    }
    const joined = bracketed.join('.');
    steps.push(joined.includes('=') ? joined : joined.replace(/^[[\]]+|[[\]]+$/g, ''));
  }
  return steps;
}

const INDEX = /^[+]?\d+$/;

/** Follows a path of fields, indexes (`0`, `-` for the last) and `[key=value]` matches. */
export function lookup(root: Node, path: readonly string[]): Node | undefined {
  let node: Node | undefined = root;
  for (const step of path.map((part) => part.trim()).filter((part) => part !== '')) {
    if (node === undefined || isNull(node)) return undefined;
    node = stepInto(node, step);
  }
  return node;
}

function stepInto(node: Node, step: string): Node | undefined {
  if (step === '*') throw new RenderError('RenderFailed', 'the wildcard * cannot be used to read a value');
  if (INDEX.test(step) || step === '-') {
    const { items } = expectList(node, step);
    return step === '-' ? items.at(-1) : items[Number(step)];
  }
  if (isListStep(step)) {
    const { name, value } = parseMatch(step);
    return expectList(node, step).items.find((item) =>
      name === '' ? textOf(item) === value : item.kind === 'map' && matches(item, name, value),
    );
  }
  if (node.kind !== 'map') throw wrongKind(node, 'a mapping', step);
  return node.fields.get(step);
}

function matches(item: Node, name: string, value: string): boolean {
  const field = item.kind === 'map' ? item.fields.get(name) : undefined;
  return field !== undefined && textOf(field) === value;
}

function isListStep(step: string | undefined): boolean {
  return step?.startsWith('[') === true && step.endsWith(']');
}

function parseMatch(step: string): { readonly name: string; readonly value: string } {
  const inner = step.replace(/\]$/, '').replace(/^\[/, '');
  const equals = inner.indexOf('=');
  if (equals < 0) {
    throw new RenderError('RenderFailed', `the step ${step} of a path needs the form [field=value]`, {
      help: 'write [name=value], or the index of the item',
    });
  }
  return { name: inner.slice(0, equals), value: inner.slice(equals + 1) };
}

function expectList(node: Node, step: string): ListNode {
  if (node.kind === 'list') return node;
  throw wrongKind(node, 'a list', step);
}

export function wrongKind(node: Node, wanted: string, step: string): RenderError {
  return new RenderError('RenderFailed', `expected ${wanted} at "${step}" and found ${kindName(node)}`, { at: node });
}

export interface MatchOptions {
  /** What to create at the end of the path where it does not exist; without it nothing is created. */
  readonly create?: Node['kind'] | undefined;
  /** Who creates. */
  readonly at: Place;
}

/** The result of `updateMatches`: the new root, and how many places there were. */
export interface Updated {
  readonly node: Node;
  readonly count: number;
}

/**
 * Changes every place that a path names: fields, indexes, `*` for every item, `[key=regex]` for the items that match.
 * This is the path of a replacement's target.
 */
export function updateMatches(
  root: Node,
  path: readonly string[],
  options: MatchOptions,
  change: (node: Node) => Node,
): Updated {
  const [step, ...rest] = path;
  if (step === undefined) return { node: change(root), count: 1 };
  if (INDEX.test(step)) return updateIndex(root, Number(step), rest, options, change);
  if (isListStep(step)) return updateMatching(root, step, rest, options, change);
  if (step === '*') {
    return isMissing(root)
      ? { node: root, count: 0 }
      : updateItems(expectList(root, step), () => true, rest, options, change);
  }
  return updateFieldStep(root, step, rest, options, change);
}

type Change = (node: Node) => Node;

function updateFieldStep(
  root: Node,
  step: string,
  rest: readonly string[],
  options: MatchOptions,
  change: Change,
): Updated {
  if (isMissing(root)) return { node: root, count: 0 };
  if (root.kind !== 'map') throw wrongKind(root, 'a mapping', step);
  const present = root.fields.get(step);
  if (present === undefined && options.create === undefined) return { node: root, count: 0 };
  const field = present ?? created(kindOfStep(rest[0], options.create), options.at);
  const { node, count } = updateMatches(field, rest, options, change);
  return { node: node === present ? root : withField(root, step, node), count };
}

function updateIndex(
  root: Node,
  index: number,
  rest: readonly string[],
  options: MatchOptions,
  change: Change,
): Updated {
  const items = isMissing(root) ? [] : [...expectList(root, String(index)).items];
  if (items.length === index && options.create !== undefined && root.kind === 'list') {
    items.push(created(kindOfStep(rest[0], options.create), options.at));
  }
  const item = items[index];
  if (item === undefined) {
    throw new RenderError('RenderFailed', `the path wants item ${index} of a list that has ${items.length}`);
  }
  const { node, count } = updateMatches(item, rest, options, change);
  items[index] = node;
  return { node: listNode(items, root), count };
}

function updateMatching(
  root: Node,
  step: string,
  rest: readonly string[],
  options: MatchOptions,
  change: Change,
): Updated {
  const { name, value } = parseMatch(step);
  const isNamed = compilePattern(value, 'search');
  const list = isMissing(root) ? undefined : expectList(root, step);
  const isMatch = (item: Node): boolean => {
    const field = name === '' ? item : item.kind === 'map' ? item.fields.get(name) : undefined;
    return field?.kind === 'scalar' && isNamed(field.text);
  };
  // kustomize ends the path at an item that is a single value itself.
  const found = list && updateItems(list, isMatch, name === '' ? [] : rest, options, change);
  if (found !== undefined && found.count > 0) return found;
  if (options.create === undefined || list === undefined) return { node: root, count: 0 };
  const key = scalar(value, options.at, '');
  const item = name === '' ? key : mapNode(new Map([[name, key]]), options.at);
  if (!isMatch(item)) return { node: root, count: 0 };
  return updateItems(listNode([...list.items, item], list), isMatch, name === '' ? [] : rest, options, change);
}

function updateItems(
  list: ListNode,
  isMatch: (item: Node) => boolean,
  rest: readonly string[],
  options: MatchOptions,
  change: Change,
): Updated {
  let count = 0;
  const items = list.items.map((item) => {
    if (!isMatch(item)) return item;
    const updated = updateMatches(item, rest, options, change);
    count += updated.count;
    return updated.node;
  });
  return { node: listNode(items, list), count };
}

/** What has to be made for the next step to go into. */
function kindOfStep(step: string | undefined, last: Node['kind'] | undefined): Node['kind'] {
  if (step === undefined || step === '') return last ?? 'map';
  return isListStep(step) || INDEX.test(step) ? 'list' : 'map';
}

export function created(kind: Node['kind'], at: Place): Node {
  if (kind === 'map') return mapNode(new Map(), at);
  return kind === 'list' ? listNode([], at) : scalar('', at, '');
}
