import type { JsonObject } from '../../../lib/json.ts';
import type { KindInfo } from '../../../objects/kinds.ts';
import { servedSubresources } from '../discovery.ts';
import { resourcePathOf } from '../request-target.ts';

const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];
const BODY_TYPES = ['application/json', 'application/yaml'];

const DRY_RUN = query('dryRun', 'string');
const FIELD_MANAGER = query('fieldManager', 'string');
const FIELD_VALIDATION = query('fieldValidation', 'string');
const FORCE = query('force', 'boolean');
const WRITE = [DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION];
const LIST = [
  query('labelSelector', 'string'),
  query('fieldSelector', 'string'),
  query('limit', 'integer'),
  query('continue', 'string'),
  query('resourceVersion', 'string'),
  query('watch', 'boolean'),
];

function query(name: string, type: string): JsonObject {
  return { name, in: 'query', schema: { type } };
}

function inPath(name: string): JsonObject {
  return { name, in: 'path', required: true, schema: { type: 'string' } };
}

/**
 * The paths of a kind. kubectl reads from them which kind a resource is of, which patches it takes and whether the
 * server validates fields.
 */
export function computePaths(kind: KindInfo, schema: string): JsonObject {
  const scope = kind.namespaced ? { namespace: '{namespace}' } : {};
  const pathOf = (name?: string, subresource?: string) =>
    // The steps of a path are encoded, and the braces of a template are not meant by that.
    decodeURIComponent(
      resourcePathOf(kind, {
        ...scope,
        ...(name === undefined ? {} : { name }),
        ...(subresource === undefined ? {} : { subresource }),
      }),
    );
  const operation = operationsOf(kind, schema);
  const inScope = kind.namespaced ? [inPath('namespace')] : [];
  const ofObject = [inPath('name'), ...inScope];
  const everywhere = kind.namespaced ? { [resourcePathOf(kind)]: { get: operation('list', LIST) } } : {};
  const statuses = servedSubresources(kind)
    .filter((subresource) => subresource === 'status')
    .map((subresource) => [
      pathOf('{name}', subresource),
      {
        parameters: ofObject,
        get: operation('get', []),
        put: operation('put', WRITE, BODY_TYPES),
        patch: operation('patch', [...WRITE, FORCE], PATCH_TYPES),
      },
    ]);
  return {
    ...everywhere,
    [pathOf()]: {
      ...(inScope.length === 0 ? {} : { parameters: inScope }),
      get: operation('list', LIST),
      post: operation('post', WRITE, BODY_TYPES),
      delete: operation('deletecollection', [DRY_RUN, ...LIST]),
    },
    [pathOf('{name}')]: {
      parameters: ofObject,
      get: operation('get', []),
      put: operation('put', WRITE, BODY_TYPES),
      patch: operation('patch', [...WRITE, FORCE], PATCH_TYPES),
      delete: operation('delete', [
        DRY_RUN,
        query('gracePeriodSeconds', 'integer'),
        query('propagationPolicy', 'string'),
      ]),
    },
    ...Object.fromEntries(statuses),
  };
}

function operationsOf({ group, version, kind }: KindInfo, schema: string) {
  return (action: string, parameters: readonly JsonObject[], bodyTypes: readonly string[] = []): JsonObject => {
    const content = (types: readonly string[], body: JsonObject) =>
      Object.fromEntries(types.map((type) => [type, { schema: body }]));
    const whole = { $ref: schema };
    const body = action === 'patch' ? { type: 'object' } : whole;
    return {
      ...(parameters.length === 0 ? {} : { parameters: [...parameters] }),
      ...(bodyTypes.length === 0 ? {} : { requestBody: { required: true, content: content(bodyTypes, body) } }),
      responses: { '200': { description: 'OK', content: content(['application/json'], whole) } },
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': { group, kind, version },
    };
  };
}
