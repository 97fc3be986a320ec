import type { JsonObject, JsonValue } from '../../../lib/json.ts';
import { servedGroupVersions } from '../../../objects/kinds.ts';
import { KUBERNETES_VERSION } from '../../../objects/kubernetes-version.ts';
import { schemaOf, type TypeSchema } from '../../../objects/schema/schema.ts';
import { servedKinds } from '../discovery.ts';
import { computePaths } from './compute-paths.ts';
import { computeSchemas, SCHEMA_PREFIX, schemaNameOf } from './compute-schemas.ts';

/** `api/v1`, `apis/apps/v1`: how `/openapi/v3` names a group version, and below which path its document is. */
export function documentNames(): ReadonlyMap<string, string> {
  return new Map(
    servedGroupVersions().map(({ group, apiVersion }) => [
      `${group === '' ? 'api' : 'apis'}/${apiVersion}`,
      apiVersion,
    ]),
  );
}

/**
 * The OpenAPI 3.0 document of a group version: paths, and the schemas of its kinds out of the table that the registry
 * validates with.
 */
export function computeDocument(apiVersion: string): JsonObject {
  const kinds = servedKinds(apiVersion).flatMap((kind) => {
    const type = schemaOf(kind.apiVersion, kind.kind);
    return type === undefined ? [] : [{ kind, type }];
  });
  const types: TypeSchema[] = kinds.map(({ type }) => type);
  const schemas = computeSchemas(types);
  const paths: Record<string, JsonValue> = {};
  for (const { kind, type } of kinds) {
    const name = schemaNameOf(type);
    const { group, version } = kind;
    const why =
      kind.support === 'inert' ? { description: `Berth stores it and does not act on it: ${kind.supportReason}.` } : {};
    schemas.set(name, {
      ...why,
      ...schemas.get(name),
      'x-kubernetes-group-version-kind': [{ group, kind: kind.kind, version }],
    });
    Object.assign(paths, computePaths(kind, `${SCHEMA_PREFIX}${name}`));
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: KUBERNETES_VERSION.text },
    paths,
    components: { schemas: Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))) },
  };
}
