import { isJsonObject, type JsonObject } from '../../../lib/json.ts';
import type { StoredObject } from '../../../objects/types.ts';

export type Cell = string | number | null;

/**
 * One column of a kind's table. Cells are computed from what is stored, which may lack anything that its controller has
 * not set yet.
 */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  /** Shown with `-o wide` only. */
  readonly wide?: true;
  readonly description?: string;
  readonly cell: (object: StoredObject, nowMs: number) => Cell;
}

export const NAME: Column = { name: 'Name', type: 'string', cell: (object) => object.metadata.name };

export function text(name: string, cell: (object: StoredObject, nowMs: number) => string, wide?: true): Column {
  return { name, type: 'string', cell, ...(wide === undefined ? {} : { wide }) };
}

export const NONE = '<none>';
export const UNKNOWN = '<unknown>';

/** The object in a field, or an empty one. */
export function fieldsOf(object: { readonly [field: string]: unknown } | JsonObject, field: string): JsonObject {
  const value = object[field];
  return isJsonObject(value) ? value : {};
}

/** The objects of a list in a field. */
export function itemsOf(
  object: { readonly [field: string]: unknown } | JsonObject,
  field: string,
): readonly JsonObject[] {
  const value = object[field];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

export function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

export function joined(values: readonly string[], ifEmpty = NONE): string {
  return values.length === 0 ? ifEmpty : values.join(',');
}
