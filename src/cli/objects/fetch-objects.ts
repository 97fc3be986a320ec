import { isApiError } from '../../api/api-error.ts';
import { resourcePathOf } from '../../api/http/request-target.ts';
import type { ApiClient } from '../../api/http-client/index.ts';
import { BerthError } from '../../lib/errors.ts';
import { isJsonObject } from '../../lib/json.ts';
import type { KindInfo } from '../../objects/kinds.ts';
import type { StoredObject } from '../../objects/types.ts';
import { readTable, TABLE_FORM, type TableForm } from './table-form.ts';
import { type Target, usage } from './targets.ts';

export interface Selection {
  /** All namespaces when left out. */
  readonly namespace?: string | undefined;
  readonly selector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/**
 * The objects of one target. Rejects with `NotFound` for a name that is not there, and says in which namespace it is.
 */
export async function fetchObjects(
  api: ApiClient,
  target: Target,
  selection: Selection,
): Promise<readonly StoredObject[]> {
  const { kind, names } = target;
  if (names.length === 0) return listObjects(api, kind, selection);
  refuseSelectors(target, selection);
  const objects: StoredObject[] = [];
  for (const name of names) {
    const path = resourcePathOf(kind, { namespace: selection.namespace, name });
    objects.push((await withHint(api, kind, name, selection, () => api.request({ path }))) as unknown as StoredObject);
  }
  return objects;
}

export async function listObjects(
  api: ApiClient,
  kind: KindInfo,
  selection: Selection,
): Promise<readonly StoredObject[]> {
  const list = await api.request({ path: resourcePathOf(kind, selection), query: queryOf(selection) });
  return (isJsonObject(list) ? list['items'] : []) as unknown as readonly StoredObject[];
}

/** The objects of one target as rows. */
export async function fetchTable(
  api: ApiClient,
  target: Target,
  selection: Selection,
  includeObject: 'Metadata' | 'Object' = 'Metadata',
): Promise<TableForm> {
  const { kind, names } = target;
  const query = { includeObject, ...queryOf(selection) };
  if (names.length === 0) {
    return readTable(await api.request({ path: resourcePathOf(kind, selection), query, accept: TABLE_FORM }));
  }
  refuseSelectors(target, selection);
  const tables: TableForm[] = [];
  for (const name of names) {
    const path = resourcePathOf(kind, { namespace: selection.namespace, name });
    const ask = () => api.request({ path, query: { includeObject }, accept: TABLE_FORM });
    tables.push(readTable(await withHint(api, kind, name, selection, ask)));
  }
  return {
    columns: tables[0]?.columns ?? [],
    rows: tables.flatMap(({ rows }) => rows),
    resourceVersion: tables.at(-1)?.resourceVersion ?? '',
  };
}

export function queryOf({ selector, fieldSelector }: Selection): Record<string, string | undefined> {
  return { labelSelector: selector, fieldSelector };
}

function refuseSelectors({ kind, names }: Target, { namespace, selector, fieldSelector }: Selection): void {
  if (selector !== undefined || fieldSelector !== undefined)
    throw usage('names and selectors cannot be given together');
  if (kind.namespaced && namespace === undefined) {
    throw usage(`${kind.kind} ${names.join(' ')} needs its namespace: give -n NAME instead of -A`);
  }
}

/** People forget `-n`: where the name is in other namespaces, they are named. */
async function withHint<T>(
  api: ApiClient,
  kind: KindInfo,
  name: string,
  { namespace }: Selection,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isApiError(error, 'NotFound') || !kind.namespaced) throw error;
    const found = await listObjects(api, kind, { fieldSelector: `metadata.name=${name}` }).catch(() => []);
    const places = found.map(({ metadata }) => metadata.namespace ?? '');
    throw new BerthError('NotFound', {
      object: [kind.kind, namespace, name].join('/'),
      verb: 'get',
      detail: 'it does not exist',
      help:
        places.length === 0
          ? `\`berth get ${kind.plural} -A\` lists what there is`
          : `it is in another namespace: give -n ${places.join(' or -n ')}`,
      cause: error,
    });
  }
}
