import type { KindInfo } from '../../../objects/kinds.ts';
import type { StoredObject } from '../../../objects/types.ts';
import { CLUSTER_COLUMNS } from './cluster-columns.ts';
import { type Cell, type Column, NAME } from './column.ts';
import { formatAge } from './duration.ts';
import { podColumns } from './pod-columns.ts';
import { POLICY_COLUMNS } from './policy-columns.ts';
import { STORAGE_COLUMNS } from './storage-columns.ts';
import { WORKLOAD_COLUMNS } from './workload-columns.ts';

export interface Table {
  readonly columnDefinitions: readonly object[];
  readonly rows: readonly { readonly cells: readonly Cell[]; readonly object: StoredObject }[];
}

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  ...CLUSTER_COLUMNS,
  ...POLICY_COLUMNS,
  ...STORAGE_COLUMNS,
  ...WORKLOAD_COLUMNS,
  'v1/Pod': podColumns,
};

/** "Name and age" is what the API server prints of a kind that it has no columns for. */
const DEFAULT_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Age', type: 'string', cell: (object, nowMs) => formatAge(object.metadata.creationTimestamp, nowMs) },
];

/**
 * The rows and columns that `kubectl get` prints, as the API server computes them
 * (k8s.io/kubernetes/pkg/printers/internalversion).
 */
export function tableOf(kind: KindInfo, objects: readonly StoredObject[], nowMs: number): Table {
  const columns = COLUMNS[`${kind.apiVersion}/${kind.kind}`] ?? DEFAULT_COLUMNS;
  const columnDefinitions = columns.map(({ name, type, wide, description }) => ({
    name,
    type,
    format: name === 'Name' ? 'name' : '',
    description: description ?? '',
    priority: wide === true ? 1 : 0,
  }));
  const rows = objects.map((object) => ({ cells: columns.map((column) => column.cell(object, nowMs)), object }));
  return { columnDefinitions, rows };
}
