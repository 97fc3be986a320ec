import { LIMITS } from '../../../lib/limits.ts';
import { type FieldSpec, updateFieldSpec } from '../config/field-spec.ts';
import type { Var } from '../kustomization/kustomization.ts';
import { isDecrypted, isMissing, type MapNode, type Node, type ScalarNode, scalar } from '../nodes/node.ts';
import { finalTag } from '../nodes/node-value.ts';
import { lookup, splitFieldPath } from '../nodes/path.ts';
import { RenderError } from '../problems.ts';
import { gvkEqual } from '../resources/gvk.ts';
import { effectiveNamespace, shortId } from '../resources/resource.ts';
import type { ResourceList } from '../resources/resource-list.ts';
import { changeNode } from './set-metadata.ts';

/** Ties each var to the object that it reads; throws when that could be several. */
export function bindVars(list: ResourceList, vars: readonly Var[]): void {
  for (const variable of vars) {
    const target = { gvk: variable.gvk, name: variable.objectName, namespace: variable.namespace };
    const matches = list.matchingAnyId(
      (id) =>
        id.name === target.name &&
        gvkEqual(id.gvk, target.gvk) &&
        (target.namespace === '' || effectiveNamespace(id) === target.namespace),
    );
    const [resource] = matches;
    if (matches.length > 1) {
      const names = matches.map(({ id }) => shortId(id)).join(', ');
      throw new RenderError('RenderFailed', `the var ${variable.name} could mean any of ${names}`, {
        help: 'name the namespace in objref',
        at: variable.at,
      });
    }
    if (resource !== undefined) resource.refVarNames = [...resource.refVarNames, variable.name];
  }
}

/** Puts the values of vars where `$(NAME)` stands in the fields of `specs`. */
export function resolveVars(list: ResourceList, vars: readonly Var[], specs: readonly FieldSpec[]): void {
  if (vars.length === 0) return;
  const values = new Map(vars.map((variable) => [variable.name, readVar(list, variable)]));
  const replacer = new VarReplacer(values);
  for (const resource of list.items) {
    changeNode(resource, (root) =>
      specs.reduce(
        (node: Node, spec) => updateFieldSpec(node, spec, { set: (found) => replacer.replace(found), at: root }),
        root,
      ),
    );
  }
}

function readVar(list: ResourceList, { name, fieldPath, at }: Var): Node {
  const resource = list.items.find(({ refVarNames }) => refVarNames.includes(name));
  if (resource?.node === undefined) {
    throw new RenderError('RenderFailed', `the object of the var ${name} is not among the resources`, {
      help: 'correct objref',
      at,
    });
  }
  // `a.b[0]` is an index as `a.b.0` is.
  const steps = splitFieldPath(fieldPath).flatMap((step) => {
    const match = /^(.*)\[(\d+)\]$/.exec(step);
    return match === null ? [step] : [match[1] ?? '', match[2] ?? ''].filter((part) => part !== '');
  });
  const node = lookup(resource.node, steps);
  if (node !== undefined) return node;
  throw new RenderError('RenderFailed', `${shortId(resource.id)} has no ${fieldPath}, which the var ${name} reads`, {
    help: 'correct fieldref.fieldPath',
    at,
  });
}

class VarReplacer {
  readonly #values: ReadonlyMap<string, Node>;

  constructor(values: ReadonlyMap<string, Node>) {
    this.#values = values;
  }

  replace(node: Node): Node {
    if (isMissing(node)) return node;
    if (node.kind === 'scalar') return isText(node) ? this.#expand(node) : node;
    if (node.kind === 'map') {
      const fields = new Map<string, Node>();
      for (const [name, value] of node.fields) {
        fields.set(name, value.kind === 'scalar' && isText(value) ? this.#expand(value) : value);
      }
      return { ...node, fields } satisfies MapNode;
    }
    const items = node.items.map((item) => {
      if (item.kind === 'scalar' && isText(item)) return this.#expand(item);
      throw new RenderError('RenderFailed', 'a list in which vars are replaced may hold text only', { at: item });
    });
    return { ...node, items };
  }

  /** `$(NAME)` alone takes over the type of the value; `$$` is a dollar; a name that is no var stays as it is. */
  #expand(node: ScalarNode): ScalarNode {
    const { text } = node;
    if (!text.includes('$')) return node;
    const whole = /^\$\(([^)]*)\)$/.exec(text);
    const value = whole === null ? undefined : this.#scalarOf(whole[1] ?? '');
    if (value !== undefined) return scalar(value.text, value, valueTag(value), false);
    const wanted = [...text.matchAll(/\$\(([^)]*)\)/g)].reduce(
      (sum, [, name]) => sum + this.#textFor(name ?? '').length,
      0,
    );
    if (wanted > LIMITS.objectBytes) {
      throw new RenderError('LimitExceeded', 'the vars of a value are larger than an object may be (objectBytes)', {
        at: node,
      });
    }
    let result = '';
    for (let at = 0; at < text.length; at++) {
      const char = text[at] ?? '';
      const next = text[at + 1];
      if (char !== '$' || next === undefined) result += char;
      else if (next === '(') {
        const end = text.indexOf(')', at + 2);
        if (end < 0) result += '$(';
        else result += this.#textFor(text.slice(at + 2, end));
        at = end < 0 ? at + 1 : end;
      } else {
        result += next === '$' ? '$' : `$${next}`;
        at++;
      }
    }
    return scalar(result, result === text ? node : this.#placeOf(text, node), 'str', false);
  }

  #scalarOf(name: string): ScalarNode | undefined {
    const value = this.#values.get(name);
    return value?.kind === 'scalar' && finalTag(value) !== 'null' ? value : undefined;
  }

  #textFor(name: string): string {
    return this.#scalarOf(name)?.text ?? `$(${name})`;
  }

  /** That of the first value, or of one that was decrypted. */
  #placeOf(text: string, node: ScalarNode): Node {
    const values = [...text.matchAll(/\$\(([^)]*)\)/g)].flatMap(([, name]) => this.#values.get(name ?? '') ?? []);
    return [node, ...values].find(isDecrypted) ?? values[0] ?? node;
  }
}

function isText(node: ScalarNode): boolean {
  return node.tag === 'str' || node.tag === '';
}

/** The types that a var hands on; everything else becomes text. */
function valueTag(node: ScalarNode): ScalarNode['tag'] {
  const tag = finalTag(node);
  return tag === 'int' || tag === 'float' || tag === 'bool' ? tag : 'str';
}
