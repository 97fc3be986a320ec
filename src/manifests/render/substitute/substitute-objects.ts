import { LIMITS } from '../../../lib/limits.ts';
import type { Diagnostic } from '../../diagnostic.ts';
import { listNode, type MapNode, mapNode, type Node, type Place, type ScalarNode } from '../nodes/node.ts';
import { parseNodes } from '../nodes/parse-nodes.ts';
import { compareKeys } from '../output/compare-keys.ts';
import { writeYaml } from '../output/write-yaml.ts';
import { diagnosticOf, lineOf, RenderError } from '../problems.ts';
import type { RenderedObject } from '../rendered-object.ts';
import { metadataEntries } from '../resources/resource.ts';
import { expandTemplate } from './expand-template.ts';
import { parseTemplate, TemplateError } from './parse-template.ts';

export interface Variable {
  readonly value: string;
  /** From a Secret: it is put into Secrets alone, because everything else is shown. */
  readonly isSecret?: boolean;
}

export interface SubstituteOptions {
  /** Whether a variable that is neither set nor has a default is an error; else it is empty, as in Flux. */
  readonly isStrict?: boolean;
}

export interface Substituted {
  readonly objects: readonly RenderedObject[];
  readonly problems: readonly Diagnostic[];
}

/** "var names must match this" (fluxcd/pkg/kustomize). */
export const VARIABLE_NAME = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const SUBSTITUTE = 'kustomize.toolkit.fluxcd.io/substitute';

/**
 * Puts variables into objects as Flux's `spec.postBuild` does: into the text that kustomize would print of each, which
 * is read again, so that `replicas: ${n}` becomes a number. Objects that say
 * `kustomize.toolkit.fluxcd.io/substitute: disabled` as a label or annotation stay, and so does everything when there
 * are no variables. What an expansion wrote keeps the place of the value that it stood in.
 */
export function substituteObjects(
  objects: readonly RenderedObject[],
  variables: ReadonlyMap<string, Variable>,
  options: SubstituteOptions = {},
): Substituted {
  if (variables.size === 0) return { objects, problems: [] };
  const problems: Diagnostic[] = [];
  const substituted = objects.map((object) => {
    try {
      return isDisabled(object.node) ? object : new Substitution(object, variables, options).run();
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      problems.push({ ...diagnosticOf(error, error.at ?? object.node, undefined), object: nameOf(object) });
      return object;
    }
  });
  return problems.length > 0 ? { objects: [], problems } : { objects: substituted, problems };
}

function nameOf({ kind, namespace, name }: RenderedObject): string {
  return namespace === undefined ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

function isDisabled(node: MapNode): boolean {
  return (['labels', 'annotations'] as const).some(
    (field) => metadataEntries(node, field).get(SUBSTITUTE)?.toLowerCase() === 'disabled',
  );
}

/** One object on its way. */
class Substitution {
  readonly #object: RenderedObject;
  readonly #variables: ReadonlyMap<string, Variable>;
  readonly #options: SubstituteOptions;

  constructor(object: RenderedObject, variables: ReadonlyMap<string, Variable>, options: SubstituteOptions) {
    this.#object = object;
    this.#variables = variables;
    this.#options = options;
  }

  run(): RenderedObject {
    const { node } = this.#object;
    const written = writeYaml(node);
    if (!written.includes('$')) return this.#object;
    const text = this.#expandAll(written);
    if (text === written) return this.#object;
    const read = this.#read(text, written);
    const placed = this.#place(read, node);
    if (placed.kind !== 'map' || placed.fields.size === 0) throw notAnObject(node);
    return this.#object.with(placed);
  }

  #expandAll(written: string): string {
    try {
      return this.#expand(written);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      throw new RenderError('RenderFailed', error.message, {
        help: error.help ?? 'write ${name} or ${name:=default}; a dollar sign that is to stay is written $$',
        at: this.#culprit() ?? this.#placeOfLine(written, lineAt(written, error.start)),
      });
    }
  }

  #expand(text: string): string {
    const isSecret = this.#object.kind === 'Secret';
    const lookUp = (name: string): string | undefined => {
      const variable = this.#variables.get(name);
      if (variable === undefined) return undefined;
      if (variable.isSecret === true && !isSecret) {
        const help = `take ${name} from a ConfigMap if everybody may see it, or use it in a Secret`;
        throw new TemplateError(`the variable ${name} comes from a Secret, and this object is shown`, 0, help);
      }
      // "Line breaks are taken out of values" (fluxcd/pkg/kustomize, SubstituteVariables).
      return variable.value.replaceAll('\n', '');
    };
    return expandTemplate(parseTemplate(text), lookUp, { ...this.#options, maxLength: 2 * LIMITS.objectBytes });
  }

  #read(text: string, written: string): Node {
    const file = { path: this.#object.node.file.path, text, lineShift: 0 };
    let problem: RenderError;
    try {
      const nodes = parseNodes(file, '1.2');
      const [node] = nodes;
      if (nodes.length === 1 && node !== undefined) return node;
      problem = notAnObject(this.#object.node);
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      // The parser's own words could quote a value.
      problem = new RenderError(error.code, 'with the values of its variables the object is no valid YAML any more', {
        help: "quote what a value may break: ${quote}${name}${quote} with a variable quote: '\"'",
        at: this.#breaker() ?? this.#placeOfLine(written, error.at === undefined ? 1 : lineOf(error.at)),
      });
    }
    throw problem;
  }

  /** The first value that is no YAML by itself once it is expanded. */
  #breaker(): Place | undefined {
    return findScalar(this.#object.node, (value) => {
      if (!value.text.includes('$')) return false;
      const text = this.#expand(writeYaml(mapNode(new Map([['value', value]]), value)));
      try {
        parseNodes({ path: '', text, lineShift: 0 }, '1.2');
        return false;
      } catch (error) {
        if (error instanceof RenderError) return true;
        throw error;
      }
    });
  }

  /** The first value that cannot be expanded by itself. */
  #culprit(): Place | undefined {
    return findScalar(this.#object.node, ({ text }) => {
      try {
        if (text.includes('$')) this.#expand(text);
        return false;
      } catch (error) {
        if (error instanceof TemplateError) return true;
        throw error;
      }
    });
  }

  /**
   * The place of what a line of the written object came from: values have no line breaks, so that lines stay where they
   * are.
   */
  #placeOfLine(written: string, line: number): Place {
    const file = { path: '', text: written, lineShift: 0 };
    const [read] = parseNodes(file, '1.2');
    const original = this.#object.node;
    if (read === undefined) return original;
    let best: Place = original;
    forEachPair(read, original, (node, source) => {
      if (lineOf(node) <= line) best = source;
    });
    return best;
  }

  /**
   * Gives what was read the places of what was written: field by field, and whole where a value became something else.
   */
  #place(read: Node, source: Node): Node {
    if (read.kind === 'map' && source.kind === 'map') {
      const sources = this.#sourcesOf(source);
      return mapNode(
        new Map([...read.fields].map(([name, value]) => [name, this.#place(value, sources.get(name) ?? source)])),
        source,
      );
    }
    if (read.kind === 'list' && source.kind === 'list') {
      return listNode(
        read.items.map((item, index) => this.#place(item, source.items[index] ?? source)),
        source,
      );
    }
    return moved(read, source);
  }

  /** Fields by the names that they have now. */
  #sourcesOf({ fields }: MapNode): ReadonlyMap<string, Node> {
    return new Map([...fields].map(([name, value]) => [name.includes('$') ? this.#expand(name) : name, value]));
  }
}

function notAnObject(at: Place): RenderError {
  return new RenderError('RenderFailed', 'with the values of its variables the object is no object any more', {
    help: 'put variables into values, not around fields',
    at,
  });
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function moved(node: Node, at: Place): Node {
  if (node.kind === 'scalar') return { ...node, file: at.file, start: at.start };
  if (node.kind === 'list') {
    return listNode(
      node.items.map((item) => moved(item, at)),
      at,
    );
  }
  return mapNode(new Map([...node.fields].map(([name, value]) => [name, moved(value, at)])), at);
}

function findScalar(node: Node, isWanted: (scalar: ScalarNode) => boolean): ScalarNode | undefined {
  if (node.kind === 'scalar') return isWanted(node) ? node : undefined;
  const children = node.kind === 'list' ? node.items : sortedFields(node);
  for (const child of children) {
    const found = findScalar(child, isWanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

function sortedFields({ fields }: MapNode): readonly Node[] {
  return [...fields].sort(([a], [b]) => compareKeys(a, b)).map(([, value]) => value);
}

/** Visits two trees of the same shape, in the order in which the first was read. */
function forEachPair(node: Node, other: Node, visit: (node: Node, other: Node) => void): void {
  visit(node, other);
  if (node.kind === 'map' && other.kind === 'map') {
    for (const [name, value] of node.fields) forEachPair(value, other.fields.get(name) ?? other, visit);
  } else if (node.kind === 'list' && other.kind === 'list') {
    for (const [index, item] of node.items.entries()) forEachPair(item, other.items[index] ?? other, visit);
  }
}
