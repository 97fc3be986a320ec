import { SYSTEM_NAMESPACES } from './built-in-objects.ts';
import { findSystemPriorityClass } from './system-priority-classes.ts';

/** "default", "kube-system" and "kube-public" are immortal (NamespaceLifecycle admission). */
const IMMORTAL_NAMESPACES: ReadonlySet<string> = new Set([...SYSTEM_NAMESPACES, 'kube-public']);

/** Why an object may not be deleted by anybody, in the words of Kubernetes; `undefined` for all others. */
export function whyImmortal(kind: string, name: string): string | undefined {
  if (kind === 'Namespace' && IMMORTAL_NAMESPACES.has(name)) return 'this namespace may not be deleted';
  if (kind === 'PriorityClass' && findSystemPriorityClass(name) !== undefined)
    return 'this is a system priority class and cannot be deleted';
  return undefined;
}
