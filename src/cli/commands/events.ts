import { parseTime } from '../../lib/clock.ts';
import { findKindByName, kindOf } from '../../objects/kinds.ts';
import type { StoredObject } from '../../objects/types.ts';
import { fetchTable, type Selection } from '../objects/fetch-objects.ts';
import { readTable, type TableRow } from '../objects/table-form.ts';
import { TablePrinter } from '../objects/table-printer.ts';
import { namespaceOf, parsePair, type ScopeOptions } from '../objects/targets.ts';
import { watchObjects } from '../objects/watch-objects.ts';
import { withoutManagedFields } from '../objects/without-managed-fields.ts';
import { EXIT } from '../output/exit-codes.ts';
import { formatOutput, type OutputFormat } from '../output/format-output.ts';
import { createTerminal } from '../output/terminal.ts';
import { type ConnectionOptions, connect } from './socket-of.ts';

export interface EventsOptions extends ConnectionOptions, ScopeOptions {
  readonly for?: string;
  readonly watch?: boolean;
  readonly headers: boolean;
  readonly output?: OutputFormat;
}

/** Lists events by when they happened last, the newest at the end. */
export async function runEvents(options: EventsOptions): Promise<number> {
  const selection: Selection = { namespace: namespaceOf(options), fieldSelector: fieldSelectorOf(options.for) };
  const api = await connect(options);
  const terminal = createTerminal(process.stdout);
  const target = { kind: kindOf('Event'), names: [] };
  const table = await fetchTable(api, target, selection, 'Object');
  const rows = [...table.rows].sort((a, b) => lastSeenMs(a) - lastSeenMs(b));
  const print = createPrint(options, selection);
  if (options.output === 'json' || options.output === 'yaml') {
    const items = rows.map(({ object }) => withoutManagedFields(object));
    terminal.write(
      await formatOutput({ apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items }, options.output),
    );
  } else {
    await print(table.columns, rows);
    if (rows.length === 0 && options.watch !== true) createTerminal(process.stderr).write('No events found.\n');
  }
  if (options.watch !== true) return EXIT.ok;
  const { resourceVersion } = table;
  const watch = watchObjects(api, target, selection, { resourceVersion, form: 'table', includeObject: 'Object' });
  for await (const { type, object } of watch) {
    const { columns, rows: changed } = readTable(object);
    if (type !== 'DELETED') await print(columns, changed);
  }
  return EXIT.ok;
}

function fieldSelectorOf(object: string | undefined): string | undefined {
  if (object === undefined) return undefined;
  const { kind, name } = parsePair(object);
  return `involvedObject.kind=${(findKindByName(kind.plural) ?? kind).kind},involvedObject.name=${name}`;
}

function createPrint({ output, headers }: EventsOptions, selection: Selection) {
  const terminal = createTerminal(process.stdout);
  const printer = new TablePrinter({
    terminal,
    isWide: output === 'wide',
    hasHeaders: headers,
    hasNamespaces: selection.namespace === undefined,
    namePrefix: '',
  });
  return async (columns: Parameters<TablePrinter['print']>[0], rows: readonly TableRow[]) => {
    if (output === undefined || output === 'wide') return printer.print(columns, rows);
    for (const { object } of rows)
      terminal.write(
        output === 'name'
          ? `event/${object.metadata.name}\n`
          : await formatOutput(withoutManagedFields(object), output),
      );
  };
}

function lastSeenMs({ object }: TableRow): number {
  const event: StoredObject = object;
  const time = [event['lastTimestamp'], event['eventTime'], event.metadata.creationTimestamp].find(
    (value) => typeof value === 'string',
  );
  return parseTime(time as string | undefined) ?? 0;
}
