import { storedKindOf, toServedVersion } from '../../objects/conversion/served-version.ts';
import type { KindInfo } from '../../objects/kinds.ts';
import type { StoredObject } from '../../objects/types.ts';
import type { Exchange } from './exchange.ts';
import { tableOf } from './table/table.ts';

/** In what form objects are asked for: whole, as the rows that `kubectl get` prints, or their metadata only. */
export interface Representation {
  readonly as: 'object' | 'table' | 'metadata';
  readonly version: string;
  /** What each row of a table carries of its object. */
  readonly includeObject: 'None' | 'Metadata' | 'Object';
}

const WHOLE: Representation = { as: 'object', version: 'v1', includeObject: 'Metadata' };

/**
 * The first form in the Accept header that Berth has: `application/json;as=Table;v=v1;g=meta.k8s.io,application/json`.
 */
export function representationOf(exchange: Exchange): Representation {
  for (const range of (exchange.request.headers.accept ?? '').split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim());
    const of = (name: string) => parameters.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
    if (of('as') === undefined && (type === 'application/json' || type === '*/*')) return WHOLE;
    if (type !== 'application/json' || of('g') !== 'meta.k8s.io') continue;
    const version = of('v') ?? 'v1';
    if (version !== 'v1' && version !== 'v1beta1') continue;
    const include = exchange.query.get('includeObject');
    const includeObject = include === 'None' || include === 'Object' ? include : 'Metadata';
    if (of('as') === 'Table') return { as: 'table', version, includeObject };
    if (of('as')?.startsWith('PartialObjectMetadata')) return { as: 'metadata', version, includeObject };
  }
  return WHOLE;
}

/** `metav1.ListMeta`, as far as a list has it. */
export interface ListMeta {
  readonly resourceVersion?: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** A list in the form that is asked for. */
export function representList(
  exchange: Exchange,
  kind: KindInfo,
  objects: readonly StoredObject[],
  metadata: ListMeta,
): object {
  const form = representationOf(exchange);
  if (form.as === 'table') return tableFor(exchange, kind, objects, metadata, form);
  if (form.as === 'metadata') {
    const items = objects.map((object) => partialOf(object, form.version));
    return { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${form.version}`, metadata, items };
  }
  const items = kind.storedAs === undefined ? objects : objects.map((object) => toServedVersion(object, kind));
  return { kind: `${kind.kind}List`, apiVersion: kind.apiVersion, metadata, items };
}

/** One object in the form that is asked for. `withColumns` is false for all but the first table of a watch. */
export function representObject(exchange: Exchange, kind: KindInfo, object: StoredObject, withColumns = true): object {
  const form = representationOf(exchange);
  if (form.as === 'metadata') return partialOf(object, form.version);
  if (form.as === 'object') return toServedVersion(object, kind);
  const { resourceVersion } = object.metadata;
  const table = tableFor(exchange, kind, [object], { resourceVersion }, form);
  return withColumns ? table : { ...table, columnDefinitions: null };
}

function tableFor(
  exchange: Exchange,
  kind: KindInfo,
  objects: readonly StoredObject[],
  metadata: ListMeta,
  form: Representation,
): object {
  const table = tableOf(storedKindOf(kind), objects, exchange.server.registry.clock.wallMs());
  const rows = table.rows.map(({ cells, object }) => ({ cells, ...rowObject(object, kind, form) }));
  const { columnDefinitions } = table;
  return { kind: 'Table', apiVersion: `meta.k8s.io/${form.version}`, metadata, columnDefinitions, rows };
}

function rowObject(object: StoredObject, kind: KindInfo, form: Representation): { readonly object?: object } {
  if (form.includeObject === 'None') return {};
  const whole = () => toServedVersion(object, kind);
  return { object: form.includeObject === 'Object' ? whole() : partialOf(object, form.version) };
}

function partialOf(object: StoredObject, version: string): object {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata };
}
