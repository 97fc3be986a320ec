import { isApiError } from '../../api/api-error.ts';
import type { ApiClient } from '../../api/http-client/index.ts';
import { BerthError } from '../../lib/errors.ts';
import { fetchObjects, fetchTable, type Selection } from '../objects/fetch-objects.ts';
import { readTable, type TableForm } from '../objects/table-form.ts';
import { TablePrinter } from '../objects/table-printer.ts';
import { namespaceOf, parseTargets, resourceNameOf, type ScopeOptions, type Target } from '../objects/targets.ts';
import { watchObjects } from '../objects/watch-objects.ts';
import { withoutManagedFields } from '../objects/without-managed-fields.ts';
import { EXIT } from '../output/exit-codes.ts';
import { formatOutput, type OutputFormat } from '../output/format-output.ts';
import { reportError } from '../output/report-error.ts';
import { createTerminal } from '../output/terminal.ts';
import { type ConnectionOptions, connect } from './socket-of.ts';

export interface GetOptions extends ConnectionOptions, ScopeOptions {
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly watch?: boolean;
  readonly headers: boolean;
  readonly output?: OutputFormat;
}

/** Lists objects as kubectl does. Resolves with 1 when one that was named does not exist. */
export async function runGet(first: string, names: readonly string[], options: GetOptions): Promise<number> {
  const targets = parseTargets(first, names);
  const api = await connect(options);
  const selection: Selection = {
    namespace: namespaceOf(options),
    selector: options.selector,
    fieldSelector: options.fieldSelector,
  };
  const { output } = options;
  if (output === 'json' || output === 'yaml') return printObjects(api, targets, selection, options, output);
  return printTables(api, targets, selection, options);
}

async function printObjects(
  api: ApiClient,
  targets: readonly Target[],
  selection: Selection,
  options: GetOptions,
  output: OutputFormat,
): Promise<number> {
  const terminal = createTerminal(process.stdout);
  const lists = await Promise.all(targets.map((target) => fetchObjects(api, target, selection)));
  const items = lists.flat().map(withoutManagedFields);
  const [only] = items;
  const isOne = targets.length === 1 && targets[0]?.names.length === 1 && only !== undefined;
  if (options.watch !== true) {
    const list = { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items };
    terminal.write(await formatOutput(isOne ? only : list, output));
    return EXIT.ok;
  }
  const write = async (object: object) =>
    terminal.write(`${output === 'yaml' ? '---\n' : ''}${await formatOutput(object, output)}`);
  const watchOne = async (target: Target) => {
    // Without a version the present state comes first, so nothing is missed between a list and the watch.
    for await (const { object } of watchObjects(api, target, selection, { resourceVersion: '', form: 'object' }))
      await write(withoutManagedFields(object));
  };
  await Promise.all(targets.map(watchOne));
  return EXIT.ok;
}

async function printTables(
  api: ApiClient,
  targets: readonly Target[],
  selection: Selection,
  options: GetOptions,
): Promise<number> {
  const terminal = createTerminal(process.stdout);
  const errors = createTerminal(process.stderr);
  let code: number = EXIT.ok;
  let printed = 0;
  const watches: { readonly target: Target; readonly table: TableForm; readonly print: (table: TableForm) => void }[] =
    [];
  for (const target of targets) {
    const print = createPrint(target, targets.length > 1, selection, options);
    for (const part of partsOf(target)) {
      try {
        const table = await fetchTable(api, part, selection);
        if (printed > 0 && table.rows.length > 0 && part === partsOf(target)[0] && options.output !== 'name')
          terminal.write('\n');
        print(table);
        printed += table.rows.length;
        watches.push({ target: part, table, print });
      } catch (error) {
        if (!(error instanceof BerthError && error.code === 'NotFound') && !isApiError(error, 'NotFound')) throw error;
        code = reportError(error, errors);
      }
    }
  }
  if (printed === 0 && code === EXIT.ok && options.watch !== true) {
    const where =
      selection.namespace === undefined || targets.every(({ kind }) => !kind.namespaced)
        ? ''
        : ` in ${selection.namespace} namespace`;
    errors.write(`No resources found${where}.\n`);
  }
  if (options.watch !== true) return code;
  await Promise.all(
    watches.map(async ({ target, table, print }) => {
      const { resourceVersion } = table;
      for await (const { object } of watchObjects(api, target, selection, { resourceVersion, form: 'table' }))
        print(readTable(object));
    }),
  );
  return code;
}

/** Names one by one, so that one that is missing does not hide the others. */
const parts = new WeakMap<Target, readonly Target[]>();
function partsOf(target: Target): readonly Target[] {
  const known = parts.get(target);
  if (known !== undefined) return known;
  const fresh =
    target.names.length <= 1 ? [target] : target.names.map((name) => ({ kind: target.kind, names: [name] }));
  parts.set(target, fresh);
  return fresh;
}

function createPrint(target: Target, isOneOfMany: boolean, selection: Selection, options: GetOptions) {
  const terminal = createTerminal(process.stdout);
  const resource = resourceNameOf(target.kind);
  if (options.output === 'name') {
    return ({ rows }: TableForm) => {
      for (const { object } of rows) terminal.write(`${resource}/${object.metadata.name}\n`);
    };
  }
  const printer = new TablePrinter({
    terminal,
    isWide: options.output === 'wide',
    hasHeaders: options.headers,
    hasNamespaces: selection.namespace === undefined && target.kind.namespaced,
    namePrefix: isOneOfMany ? `${resource}/` : '',
  });
  return ({ columns, rows }: TableForm) => printer.print(columns, rows);
}
