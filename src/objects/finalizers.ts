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
