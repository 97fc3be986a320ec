import {
  type ApplicationSettings,
  type Diagnostic,
  diagnosticOf,
  type SubstituteReference,
  substituteObjects,
  type Variable,
} from '../manifests/index.ts';
import { formatObject, storageKeyOf } from '../objects/index.ts';
import type { KubernetesObject } from '../objects/types.ts';
import type { Rendering } from './folder-renderer.ts';

/** What is put into an application's objects. */
export interface Variables {
  readonly values: ReadonlyMap<string, Variable>;
  readonly problems: readonly Diagnostic[];
  /** Storage keys of the objects that they come from, whether these exist or not. */
  readonly sources: readonly string[];
  /** Equal when nothing changed in those objects; says nothing of what is in them. */
  readonly identity: string;
}

export type FindObject = (id: {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}) => KubernetesObject | undefined;

/**
 * Gathers the variables of an application: "later references win over earlier, those written inline over all" (Flux,
 * postBuild). The values of a Secret stay marked as secret.
 */
export function gatherVariables({ substitute, substituteFrom }: ApplicationSettings, find: FindObject): Variables {
  const values = new Map<string, Variable>();
  const problems: Diagnostic[] = [];
  const sources: string[] = [];
  const versions: string[] = [];
  for (const reference of substituteFrom) {
    const id = { kind: reference.kind, namespace: reference.namespace, name: reference.name.value };
    sources.push(storageKeyOf({ apiVersion: 'v1', ...id }));
    const object = find(id);
    versions.push(`${object?.metadata?.uid ?? ''}/${object?.metadata?.resourceVersion ?? ''}`);
    if (object !== undefined) for (const [name, value] of dataOf(object)) values.set(name, value);
    else if (!reference.optional) problems.push(missing(reference, formatObject(id)));
  }
  for (const [name, { value }] of substitute) values.set(name, { value });
  return { values, problems, sources, identity: versions.join(' ') };
}

function missing({ name, kind }: SubstituteReference, what: string): Diagnostic {
  const message = `there is no ${what} to take variables from`;
  const help = `create the ${kind}, or set optional: true`;
  return diagnosticOf({ code: 'ReferenceMissing', message, help }, name.at, 'spec.substituteFrom');
}

function* dataOf(object: KubernetesObject): Generator<readonly [string, Variable]> {
  const data: unknown = 'data' in object ? object.data : undefined;
  if (typeof data !== 'object' || data === null) return;
  const isSecret = object.kind === 'Secret';
  for (const [name, value] of Object.entries(data)) {
    if (typeof value !== 'string') continue;
    yield [name, isSecret ? { value: decodeBase64(value), isSecret } : { value }];
  }
}

function decodeBase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
}

/** Where a variable is missing altogether, that is said, and not what comes of it. */
export function withVariables(rendering: Rendering, { values, problems }: Variables): Rendering {
  if (problems.length > 0) return rendering;
  const substituted = substituteObjects(rendering.objects, values);
  return { ...rendering, objects: substituted.objects, problems: [...rendering.problems, ...substituted.problems] };
}
