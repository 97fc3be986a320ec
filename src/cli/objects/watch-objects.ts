import { ApiError, isApiError } from '../../api/api-error.ts';
import { resourcePathOf } from '../../api/http/request-target.ts';
import type { ApiClient } from '../../api/http-client/index.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { queryOf, type Selection } from './fetch-objects.ts';
import { TABLE_FORM } from './table-form.ts';
import type { Target } from './targets.ts';

export interface WatchedChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** The object, or a table with its row. */
  readonly object: JsonObject;
}

/**
 * Every change of a target after a resource version. The server ends a watch from time to time; it is taken up again
 * where it was. Ends when the connection does: rejects with `ApiUnreachable` or `NotRunning`.
 */
export async function* watchObjects(
  api: ApiClient,
  target: Target,
  selection: Selection,
  options: { readonly resourceVersion: string; readonly form: 'table' | 'object'; readonly includeObject?: 'Object' },
): AsyncIterable<WatchedChange> {
  const { kind, names } = target;
  const byName = names.length === 1 ? { fieldSelector: `metadata.name=${names[0]}` } : {};
  let { resourceVersion } = options;
  for (;;) {
    const lines = api.lines({
      path: resourcePathOf(kind, { namespace: selection.namespace }),
      query: {
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion,
        includeObject: options.includeObject,
        ...queryOf({ ...selection, ...byName }),
      },
      ...(options.form === 'table' ? { accept: TABLE_FORM } : {}),
    });
    try {
      for await (const line of lines) {
        const { type, object } = readEvent(line);
        resourceVersion = resourceVersionOf(object) ?? resourceVersion;
        if (type !== 'BOOKMARK') yield { type, object };
      }
    } catch (error) {
      // History is bounded: what came between is shown again from the present state.
      if (!isApiError(error, 'Expired') && !isApiError(error, 'Gone')) throw error;
      resourceVersion = '';
    }
  }
}

function readEvent(line: JsonValue): {
  readonly type: WatchedChange['type'] | 'BOOKMARK';
  readonly object: JsonObject;
} {
  const event = isJsonObject(line) ? line : {};
  const object = isJsonObject(event['object']) ? event['object'] : {};
  if (event['type'] !== 'ERROR') return { type: event['type'] as WatchedChange['type'], object };
  const isExpired = object['reason'] === 'Expired' || object['code'] === 410;
  throw new ApiError(isExpired ? 'Expired' : 'InternalError', String(object['message'] ?? 'the watch failed'));
}

/** Of an object, or of the only row of a table. */
function resourceVersionOf(object: JsonObject): string | undefined {
  const metadata = object['metadata'];
  const own = isJsonObject(metadata) ? metadata['resourceVersion'] : undefined;
  return typeof own === 'string' && own !== '' ? own : undefined;
}
