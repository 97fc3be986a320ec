/** Those of `metav1` that say what becomes of dependents before an object goes: deleted, or let go. */
export const FOREGROUND_FINALIZER = 'foregroundDeletion';
export const ORPHAN_FINALIZER = 'orphan';

const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(['kubernetes', ORPHAN_FINALIZER, FOREGROUND_FINALIZER]);

/** `IsStandardFinalizerName` (core helpers): these alone need no domain before their name. */
export function isStandardFinalizer(name: string): boolean {
  return STANDARD_FINALIZERS.has(name);
}

interface Held {
  readonly metadata: { readonly finalizers?: readonly string[] | undefined };
}

/** The object with a finalizer that it does not have yet. */
export function withFinalizer<T extends Held>(object: T, finalizer: string): T {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, finalizers: [...(metadata.finalizers ?? []), finalizer] } };
}

export function withoutFinalizer<T extends Held>(object: T, finalizer: string): T {
  const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== finalizer);
  return { ...object, metadata: { ...object.metadata, finalizers } };
}
