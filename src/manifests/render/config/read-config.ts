import { LIMITS } from '../../../lib/limits.ts';
import { FieldReader } from '../kustomization/field-reader.ts';
import { readFieldSpec, readGvk } from '../kustomization/read-kustomization.ts';
import { fieldOf, type Node, textOf } from '../nodes/node.ts';
import { RenderError } from '../problems.ts';
import type { Gvk } from '../resources/gvk.ts';
import type { FieldSpec } from './field-spec.ts';
import { EMPTY_CONFIG, makeLists, mergeConfigs, type TransformerConfig } from './transformer-config.ts';

/** Reads a file of `configurations`; throws for the first mistake, unknown fields included. */
export function readConfiguration(node: Node): TransformerConfig {
  let problem: RenderError | undefined;
  const reader = new FieldReader(node, '', {
    isStrict: true,
    report: (error, at) => {
      problem ??= new RenderError(error.code, error.message, { at, ...(error.help && { help: error.help }) });
    },
  });
  const lists = makeLists((list) => reader.objects(list, readFieldSpec));
  const nameReference = reader.objects('nameReference', (item) => ({
    gvk: readGvk(item),
    referrers: item.objects('fieldSpecs', readFieldSpec),
  }));
  reader.finish();
  if (problem !== undefined) throw problem;
  return { ...lists, nameReference };
}

const MAX_DEPTH = 30;

/**
 * Reads field specs out of an OpenAPI document of custom types (`crds`): `x-kubernetes-annotation`,
 * `x-kubernetes-label-selector`, `x-kubernetes-identity` and `x-kubernetes-object-ref-*` mark what transformers change.
 */
export function readCrdConfig(node: Node): TransformerConfig {
  let config = EMPTY_CONFIG;
  if (node.kind !== 'map') return config;
  for (const [name, definition] of node.fields) {
    const properties = fieldOf(fieldOf(definition, 'Schema'), 'properties');
    const isObject = ['kind', 'apiVersion', 'metadata'].every((field) => fieldOf(properties, field) !== undefined);
    if (!isObject) continue;
    const kind = name.split('.').at(-1) ?? name;
    const collector = new CrdCollector(node, { group: '', version: '', kind });
    collector.collect(name, [], 0);
    config = mergeConfigs(config, collector.config());
  }
  return config;
}

class CrdCollector {
  readonly #document: Node;
  readonly #gvk: Gvk;
  readonly #annotations: FieldSpec[] = [];
  readonly #labels: FieldSpec[] = [];
  readonly #names: FieldSpec[] = [];
  #properties = 0;
  readonly #references: { readonly gvk: Gvk; readonly referrers: readonly FieldSpec[] }[] = [];

  constructor(document: Node, gvk: Gvk) {
    this.#document = document;
    this.#gvk = gvk;
  }

  config(): TransformerConfig {
    return {
      ...EMPTY_CONFIG,
      commonAnnotations: this.#annotations,
      commonLabels: this.#labels,
      namePrefix: this.#names,
      nameReference: this.#references,
    };
  }

  collect(typeName: string, path: readonly string[], depth: number): void {
    const properties = fieldOf(fieldOf(fieldOf(this.#document, typeName), 'Schema'), 'properties');
    if (properties?.kind !== 'map' || depth > MAX_DEPTH) return;
    for (const [name, property] of properties.fields) {
      if (++this.#properties > LIMITS.customTypeProperties) {
        throw new RenderError(
          'LimitExceeded',
          `the type ${typeName} has more than ${LIMITS.customTypeProperties} properties (customTypeProperties)`,
        );
      }
      this.#collectProperty(property, [...path, name]);
      const reference = textOf(fieldOf(property, '$ref'));
      if (reference !== '') this.collect(reference, [...path, name], depth + 1);
    }
  }

  #collectProperty(property: Node, path: readonly string[]): void {
    const has = (field: string) => fieldOf(property, field) !== undefined;
    if (has('x-kubernetes-annotation')) this.#annotations.push(this.#spec(path));
    if (has('x-kubernetes-label-selector')) this.#labels.push(this.#spec(path));
    if (has('x-kubernetes-identity')) this.#names.push(this.#spec(path));
    const version = fieldOf(property, 'x-kubernetes-object-ref-api-version');
    const kind = fieldOf(property, 'x-kubernetes-object-ref-kind');
    if (version === undefined || kind === undefined) return;
    const nameKey = textOf(fieldOf(property, 'x-kubernetes-object-ref-name-key')) || 'name';
    this.#references.push({
      gvk: { group: '', version: textOf(version), kind: textOf(kind) },
      referrers: [this.#spec([...path, nameKey])],
    });
  }

  #spec(path: readonly string[]): FieldSpec {
    return { gvk: this.#gvk, path: path.join('/'), create: false };
  }
}
