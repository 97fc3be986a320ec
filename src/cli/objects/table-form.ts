import { isJsonObject, type JsonValue } from '../../lib/json.ts';
import type { StoredObject } from '../../objects/types.ts';

/** The Accept header that asks for what `kubectl get` prints instead of whole objects. */
export const TABLE_FORM = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

export interface TableColumn {
  readonly name: string;
  /** Above 0 it is shown with `-o wide` only. */
  readonly priority: number;
}

export interface TableRow {
  readonly cells: readonly (string | number | null)[];
  /** Metadata at least. */
  readonly object: StoredObject;
}

/** `meta.k8s.io/v1 Table`. In a watch only the first one carries columns. */
export interface TableForm {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly TableRow[];
  readonly resourceVersion: string;
}

export function readTable(value: JsonValue): TableForm {
  const table = isJsonObject(value) ? value : {};
  const metadata = isJsonObject(table['metadata']) ? table['metadata'] : {};
  return {
    columns: (table['columnDefinitions'] ?? []) as unknown as readonly TableColumn[],
    rows: (table['rows'] ?? []) as unknown as readonly TableRow[],
    resourceVersion: String(metadata['resourceVersion'] ?? ''),
  };
}
