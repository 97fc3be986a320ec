import type { ObjectName, ObjectReference } from '../../api/client.ts';

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/**
 * The key under which a controller's queue knows an object: `namespace/name`, or `name` for kinds without a namespace.
 */
export function keyOf({ metadata }: Named): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

/** The object that a key names. */
export function parseKey(key: string): ObjectName {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The reference by which the object is patched or deleted. */
export function referenceTo(object: Named & { readonly apiVersion: string; readonly kind: string }): ObjectReference {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
}
