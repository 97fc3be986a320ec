import { DEFAULT_STORAGE_CLASS } from './storage/names.ts';
import { SYSTEM_PRIORITY_CLASSES } from './system-priority-classes.ts';

/** Those that the API makes. `kube-system` last: its uid is the cluster's. */
export const SYSTEM_NAMESPACES: readonly string[] = ['default', 'kube-system'];

/** As `Kind/name`. */
const BUILT_IN: ReadonlySet<string> = new Set([
  ...SYSTEM_NAMESPACES.map((name) => `Namespace/${name}`),
  ...SYSTEM_PRIORITY_CLASSES.map(({ name }) => `PriorityClass/${name}`),
  'ServiceAccount/default',
  `StorageClass/${DEFAULT_STORAGE_CLASS}`,
]);

/** Whether an object is there without being declared, in each namespace if its kind has one. */
export function isBuiltIn(kind: string, name: string): boolean {
  return BUILT_IN.has(`${kind}/${name}`);
}
