import { type ListSchema, rootSchema, schemaAtStep, schemaOf, type ValueSchema } from '../../../objects/index.ts';
import { fieldOf, type Node, textOf } from '../nodes/node.ts';

/** What merging has to know of a type. */
export interface MergeSchema {
  field(name: string): MergeSchema | undefined;
  /** The schema of a list's items. */
  items(): MergeSchema | undefined;
  /**
   * The fields that name an item of a list that is merged; none for a list of single values. Undefined for a list that
   * a patch replaces.
   */
  readonly mergeKeys: readonly string[] | undefined;
}

/** Finds the schema of a kind. */
export type SchemaLookup = (apiVersion: string, kind: string) => MergeSchema | undefined;

/**
 * The kinds whose lists kustomize 5 merges: those of Kubernetes 1.21 (kyaml, kubernetesapi/v1_21_2). The lists of newer
 * kinds are replaced. An old version has the types of its successor, as far as merging is concerned.
 */
const VERSIONS: ReadonlyMap<string, string> = new Map([
  ...[
    'v1',
    'admissionregistration.k8s.io/v1',
    'apiextensions.k8s.io/v1',
    'apiregistration.k8s.io/v1',
    'apps/v1',
    'authentication.k8s.io/v1',
    'authorization.k8s.io/v1',
    'autoscaling/v1',
    'batch/v1',
    'certificates.k8s.io/v1',
    'coordination.k8s.io/v1',
    'discovery.k8s.io/v1',
    'events.k8s.io/v1',
    'networking.k8s.io/v1',
    'node.k8s.io/v1',
    'policy/v1',
    'rbac.authorization.k8s.io/v1',
    'scheduling.k8s.io/v1',
    'storage.k8s.io/v1',
  ].map((version) => [version, version] as const),
  ...[
    'admissionregistration.k8s.io',
    'apiregistration.k8s.io',
    'authentication.k8s.io',
    'authorization.k8s.io',
    'batch',
    'certificates.k8s.io',
    'coordination.k8s.io',
    'discovery.k8s.io',
    'events.k8s.io',
    'networking.k8s.io',
    'node.k8s.io',
    'policy',
    'rbac.authorization.k8s.io',
    'scheduling.k8s.io',
    'storage.k8s.io',
  ].map((group) => [`${group}/v1beta1`, `${group}/v1`] as const),
  ['extensions/v1beta1', 'networking.k8s.io/v1'],
  ['autoscaling/v2beta1', 'autoscaling/v2'],
  ['autoscaling/v2beta2', 'autoscaling/v2'],
  ['flowcontrol.apiserver.k8s.io/v1beta1', 'flowcontrol.apiserver.k8s.io/v1'],
]);

/** Kinds of those versions that are younger. */
const YOUNGER_KINDS: ReadonlySet<string> = new Set([
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'SelfSubjectReview',
]);

/** Lists of those kinds that are younger, or were not merged then. */
const NOT_MERGED: ReadonlySet<string> = new Set([
  'V1EphemeralContainer.ports',
  'V1MutatingWebhook.matchConditions',
  'V1ValidatingWebhook.matchConditions',
  'V1PodSpec.resourceClaims',
  'V1PodSpec.schedulingGates',
  'V1PodStatus.hostIPs',
  'V1PodStatus.resourceClaimStatuses',
]);

const known = new Map<string, MergeSchema | undefined>();

export function builtInSchema(apiVersion: string, kind: string): MergeSchema | undefined {
  const version = VERSIONS.get(apiVersion);
  if (version === undefined || YOUNGER_KINDS.has(kind)) return undefined;
  const key = `${version}/${kind}`;
  if (!known.has(key)) {
    const type = schemaOf(version, kind);
    known.set(key, type && new BuiltInSchema(rootSchema(type)));
  }
  return known.get(key);
}

class BuiltInSchema implements MergeSchema {
  readonly mergeKeys: readonly string[] | undefined;
  readonly #schema: ValueSchema;
  readonly #fields = new Map<string, BuiltInSchema | undefined>();
  #items: BuiltInSchema | undefined;

  constructor(schema: ValueSchema, isMerged = true) {
    this.#schema = schema;
    this.mergeKeys = schema.kind === 'list' && isMerged ? mergeKeysOf(schema) : undefined;
  }

  field(name: string): MergeSchema | undefined {
    const schema = this.#schema;
    if (schema.kind !== 'object' && schema.kind !== 'map') return undefined;
    if (this.#fields.has(name)) return this.#fields.get(name);
    const found = schemaAtStep(schema, name);
    const isMerged = schema.kind !== 'object' || !NOT_MERGED.has(`${schema.type.name}.${name}`);
    const field = found && new BuiltInSchema(found, isMerged);
    // The values of a map are all alike, and their names have no end.
    if (schema.kind === 'object') this.#fields.set(name, field);
    return field;
  }

  items(): MergeSchema | undefined {
    if (this.#schema.kind !== 'list') return undefined;
    this.#items ??= new BuiltInSchema(this.#schema.item);
    return this.#items;
  }
}

function mergeKeysOf(schema: ListSchema): readonly string[] | undefined {
  if (schema.patch !== 'merge') return undefined;
  if (schema.listType === 'map') return schema.mapKeys;
  return schema.mergeKey === undefined ? [] : [schema.mergeKey];
}

/**
 * Schemas of an OpenAPI document (`openapi.path`), which stand in for all built-in ones: definitions with
 * `x-kubernetes-group-version-kind`, `x-kubernetes-patch-strategy` and `x-kubernetes-patch-merge-key` or
 * `x-kubernetes-list-map-keys`.
 */
export function documentSchemas(document: Node): SchemaLookup {
  const definitions = fieldOf(document, 'definitions');
  const byKind = new Map<string, Node>();
  if (definitions?.kind === 'map') {
    for (const definition of definitions.fields.values()) {
      const kinds = fieldOf(definition, 'x-kubernetes-group-version-kind');
      for (const item of kinds?.kind === 'list' ? kinds.items : []) {
        const [group, version] = [textOf(fieldOf(item, 'group')), textOf(fieldOf(item, 'version'))];
        byKind.set(`${group === '' ? version : `${group}/${version}`}/${textOf(fieldOf(item, 'kind'))}`, definition);
      }
    }
  }
  return (apiVersion, kind) => {
    const definition = byKind.get(`${apiVersion}/${kind}`);
    return definition && new DocumentSchema(definition, definitions);
  };
}

const MAX_REFERENCES = 20;

class DocumentSchema implements MergeSchema {
  readonly mergeKeys: readonly string[] | undefined;
  readonly #node: Node;
  readonly #definitions: Node | undefined;

  constructor(node: Node, definitions: Node | undefined) {
    this.#node = node;
    this.#definitions = definitions;
    const strategies = textOf(fieldOf(node, 'x-kubernetes-patch-strategy')).split(',');
    const mapKeys = fieldOf(node, 'x-kubernetes-list-map-keys');
    const mergeKey = textOf(fieldOf(node, 'x-kubernetes-patch-merge-key'));
    if (!strategies.includes('merge')) this.mergeKeys = undefined;
    else if (mapKeys?.kind === 'list') this.mergeKeys = mapKeys.items.map(textOf);
    else this.mergeKeys = mergeKey === '' ? [] : [mergeKey];
  }

  field(name: string): MergeSchema | undefined {
    return this.#follow(
      fieldOf(fieldOf(this.#node, 'properties'), name) ?? fieldOf(this.#node, 'additionalProperties'),
    );
  }

  items(): MergeSchema | undefined {
    return this.#follow(fieldOf(this.#node, 'items'));
  }

  #follow(node: Node | undefined): MergeSchema | undefined {
    let found = node;
    for (let i = 0; i < MAX_REFERENCES; i++) {
      const reference = textOf(fieldOf(found, '$ref'));
      if (reference === '') return found?.kind === 'map' ? new DocumentSchema(found, this.#definitions) : undefined;
      found = fieldOf(this.#definitions, reference.split('/').at(-1) ?? '');
    }
    return undefined;
  }
}
