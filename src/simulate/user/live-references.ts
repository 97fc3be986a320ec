import type { ObjectReference } from '../../api/client.ts';

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}

/** What a person types of a live object. */
export function nameOf({ metadata }: Named): { readonly namespace: string; readonly name: string } {
  return { namespace: metadata.namespace ?? 'default', name: metadata.name };
}

export function referenceOf(apiVersion: string, kind: string, object: Named): ObjectReference {
  return { apiVersion, kind, ...nameOf(object) };
}
