/** The same fields without those that are `undefined`: what a spread leaves behind when it takes something away. */
export function definedFields<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  const defined: Record<string, unknown> = {};
  for (const key in fields) if (fields[key] !== undefined) defined[key] = fields[key];
  return defined as T;
}

/** The fields that are set and not among `dropped`. */
export function fieldsWithout<T extends object>(fields: T, dropped: ReadonlySet<string>): Partial<T> {
  const kept: Partial<T> = {};
  for (const key in fields) if (fields[key] !== undefined && !dropped.has(key)) kept[key] = fields[key];
  return kept;
}
