import { isJsonObject } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { KindInfo } from '../../objects/kinds.ts';
import { CompactedError, type Entry, type Store } from '../../store/store.ts';
import { ApiError } from '../api-error.ts';
import type { ListOptions } from '../client.ts';
import { asStored } from '../context.ts';
import { badRequest } from '../failures.ts';
import { type Selection, selectEntries, selectionOf } from '../verbs/read.ts';
import type { Exchange } from './exchange.ts';
import { type ListMeta, representList } from './representation.ts';
import { respondJson } from './respond.ts';

/** The selectors of a request, for a list, a watch or the deletion of a collection. */
export function listOptionsOf(exchange: Exchange, namespace: string | undefined): ListOptions {
  const labelSelector = exchange.query.get('labelSelector');
  const fieldSelector = exchange.query.get('fieldSelector');
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector ? { labelSelector } : {}),
    ...(fieldSelector ? { fieldSelector } : {}),
  };
}

export async function handleList(exchange: Exchange, kind: KindInfo, namespace: string | undefined): Promise<void> {
  const { store } = exchange.server.registry;
  const selection = selectionOf(kind, listOptionsOf(exchange, namespace));
  const page = readPage(exchange, store, kind, selection);
  const objects = page.entries.map((entry) => asStored(entry.value));
  await respondJson(exchange, 200, representList(exchange, kind, objects, page.metadata));
}

interface Page {
  readonly entries: readonly Entry[];
  readonly metadata: ListMeta;
}

/** Where a list that came in pages goes on: at the same revision, after the last key. */
interface ContinueToken {
  readonly v: 'berth/1';
  readonly rv: number;
  readonly after: string;
}

function readPage(exchange: Exchange, store: Store, kind: KindInfo, selection: Selection): Page {
  const { query } = exchange;
  const token = parseToken(query.get('continue'), selection.prefix);
  const asked = revisionOf(query.get('resourceVersion'));
  const isExact = query.get('resourceVersionMatch') === 'Exact';
  if (token !== undefined && asked) throw badRequest('specifying resource version is not allowed when using continue');
  refuseFuture(store, asked);
  const revision = token?.rv ?? (isExact && asked ? asked : store.revision);
  const all = entriesAt(store, kind, selection, revision, token !== undefined);
  const rest = token === undefined ? all : all.filter((entry) => entry.key > token.after);

  const limit = limitOf(query.get('limit'));
  const entries = rest.length > limit ? rest.slice(0, limit) : rest;
  const last = entries.at(-1);
  const metadata: ListMeta = { resourceVersion: String(revision) };
  if (rest.length <= limit || last === undefined) return { entries, metadata };
  const next: ContinueToken = { v: 'berth/1', rv: revision, after: last.key };
  const isCounted = selection.labels.length === 0 && selection.fields.length === 0;
  return {
    entries,
    metadata: {
      ...metadata,
      continue: Buffer.from(JSON.stringify(next)).toString('base64url'),
      ...(isCounted ? { remainingItemCount: rest.length - limit } : {}),
    },
  };
}

function entriesAt(
  store: Store,
  kind: KindInfo,
  selection: Selection,
  revision: number,
  isContinued: boolean,
): readonly Entry[] {
  if (revision === store.revision) return selectEntries(store, kind, selection);
  try {
    return store.listAt(selection.prefix, revision).filter((entry) => selection.matches(asStored(entry.value)));
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error;
    const message = isContinued
      ? 'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.'
      : `The resourceVersion for the provided list is too old.`;
    throw new ApiError('Expired', message);
  }
}

function limitOf(text: string | null): number {
  const asked = Number(text ?? '0');
  if (!Number.isInteger(asked) || asked < 0) throw badRequest(`limit must be a whole number, not ${text}`);
  return asked === 0 ? Number.POSITIVE_INFINITY : Math.min(asked, LIMITS.listPageObjects);
}

/** A resource version as a revision; `undefined` when none is asked for. */
export function revisionOf(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`resourceVersion: Invalid value: "${text}": it is no revision`);
  return Number(text);
}

/** A client that has seen a newer state than this one (a store restored from a backup) has to start over. */
export function refuseFuture(store: Store, revision: number | undefined): void {
  if (revision === undefined || revision <= store.revision) return;
  const message = `Too large resource version: ${revision}, current: ${store.revision}`;
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  throw new ApiError('Timeout', message, { causes, retryAfterSeconds: 1 });
}

function parseToken(text: string | null, prefix: string): ContinueToken | undefined {
  if (text === null || text === '') return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (isJsonObject(value) && value['v'] === 'berth/1') {
      const { rv, after } = value;
      if (typeof rv === 'number' && typeof after === 'string' && after.startsWith(prefix))
        return { v: 'berth/1', rv, after };
    }
  } catch {
    // Falls through to the one refusal of everything that is no token.
  }
  throw badRequest('continue key is not valid');
}
