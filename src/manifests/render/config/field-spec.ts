import {
  fieldOf,
  isNull,
  listNode,
  mapNode,
  type Node,
  type Place,
  scalar,
  textOf,
  withField,
  withStyleOf,
} from '../nodes/node.ts';
import { created, splitPath } from '../nodes/path.ts';
import { tagOfPlain } from '../nodes/resolve-scalar.ts';
import { RenderError } from '../problems.ts';
import { type Gvk, gvkOf, isSelected } from '../resources/gvk.ts';

/** Which field of which kinds a transformer changes. */
export interface FieldSpec {
  readonly gvk: Gvk;
  /**
   * Steps of fields; lists on the way are walked through. A step that ends with `[]` is a list that is never created.
   */
  readonly path: string;
  readonly create: boolean;
}

export interface FieldSpecUpdate {
  /** The new value of a field that was found or created. */
  readonly set: (node: Node) => Node;
  /** What the last step is created as; without it no field is created even where the field spec says so. */
  readonly createAs?: Node['kind'];
  /** Who creates. */
  readonly at: Place;
}

const splitPaths = new Map<string, readonly string[]>();

function stepsOf(path: string): readonly string[] {
  let steps = splitPaths.get(path);
  if (steps === undefined) {
    steps = splitPath(path, '/');
    if (splitPaths.size < 10_000) splitPaths.set(path, steps);
  }
  return steps;
}

/** Changes the fields that a field spec names in an object; returns the object itself when there are none. */
export function updateFieldSpec(root: Node, spec: FieldSpec, update: FieldSpecUpdate): Node {
  if (!isSelected(gvkOf(textOf(fieldOf(root, 'apiVersion')), textOf(fieldOf(root, 'kind'))), spec.gvk)) return root;
  return updateAt(root, stepsOf(spec.path), 0, spec, update);
}

function updateAt(node: Node, steps: readonly string[], depth: number, spec: FieldSpec, update: FieldSpecUpdate): Node {
  const step = steps[depth];
  if (step === undefined) return update.set(node);
  if (isNull(node)) return node;
  if (node.kind === 'list') {
    let isChanged = false;
    const items = node.items.map((item) => {
      const next = updateAt(item, steps, depth, spec, update);
      isChanged ||= next !== item;
      return next;
    });
    return isChanged ? listNode(items, node) : node;
  }
  if (node.kind !== 'map') {
    throw new RenderError(
      'RenderFailed',
      `the path ${spec.path} needs a mapping or list where there is a single value`,
      {
        help: 'correct the field spec, or the object',
        at: node,
      },
    );
  }
  const isList = step.endsWith('[]');
  const name = isList ? step.slice(0, -2) : step;
  const isLast = depth === steps.length - 1;
  const isCreated = spec.create && update.createAs !== undefined && !isList;
  const kind = isList ? 'list' : isCreated ? (isLast ? (update.createAs ?? 'map') : 'map') : undefined;
  const present = node.fields.get(name);
  if (present === undefined && !isCreated) return node;
  const field = present === undefined ? created(kind ?? 'map', update.at) : filled(present, kind);
  return withField(node, name, updateAt(field, steps, depth + 1, spec, update));
}

/** A null becomes what it should be. */
function filled(node: Node, kind: Node['kind'] | undefined): Node {
  if (kind === undefined || !isNull(node)) return node;
  if (kind === 'map') return mapNode(new Map(), node);
  return kind === 'list' ? listNode([], node) : scalar(textOf(node), node, 'str');
}

/** Sets one entry of a mapping, as labels and annotations are set. */
export function entrySetter(name: string, value: string, at: Place): (node: Node) => Node {
  // kustomize writes the key without quotes, reads a boolean or number, and fails. `n` and `y` are booleans in its own
  // files.
  if (tagOfPlain(name, '1.2') !== 'str') {
    throw new RenderError('RenderFailed', `the key ${name} is no text, and kustomize cannot set it`, {
      help: 'choose another key (y, n, on and off are booleans unless they are quoted)',
      at,
    });
  }
  return (node) => {
    if (node.kind !== 'map') {
      throw new RenderError('RenderFailed', `"${name}" cannot be set in something that is no mapping`, { at: node });
    }
    return withField(node, name, scalar(value, at, 'str'));
  };
}

/** Sets a single value. Without a tag its text says what it is, unless the former value is quoted. */
export function scalarSetter(
  textFor: (former: string) => string,
  at: Place,
  tag: '' | 'str' | 'int',
): (node: Node) => Node {
  return (node) => {
    if (node.kind !== 'scalar') {
      throw new RenderError('RenderFailed', 'a single value cannot be set where there is a mapping or list', {
        at: node,
      });
    }
    const text = textFor(node.text);
    return text === node.text && node.tag === tag ? node : withStyleOf(scalar(text, at, tag, node.isQuoted), node);
  };
}
