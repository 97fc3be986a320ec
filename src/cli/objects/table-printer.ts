import type { Terminal } from '../output/terminal.ts';
import type { TableColumn, TableRow } from './table-form.ts';

export interface TablePrinterOptions {
  readonly terminal: Terminal;
  readonly isWide: boolean;
  readonly hasHeaders: boolean;
  readonly hasNamespaces: boolean;
  /** `deployment.apps/`, where several kinds are listed. */
  readonly namePrefix: string;
}

const GAP = '   ';

/** Prints rows as kubectl does. The widths of columns are kept, so that rows of a watch stand under the first ones. */
export class TablePrinter {
  readonly #options: TablePrinterOptions;
  #columns: readonly TableColumn[] = [];
  #widths: number[] = [];

  constructor(options: TablePrinterOptions) {
    this.#options = options;
  }

  /**
   * Prints rows, the first time under the names of their columns. `columns` is empty in all but the first table of a
   * watch.
   */
  print(columns: readonly TableColumn[], rows: readonly TableRow[]): void {
    const isFirst = this.#columns.length === 0;
    if (isFirst) this.#columns = columns;
    if (rows.length === 0) return;
    const lines = rows.map((row) => this.#cellsOf(row));
    if (isFirst && this.#options.hasHeaders) lines.unshift(this.#headers());
    for (const line of lines) {
      line.forEach((cell, index) => {
        this.#widths[index] = Math.max(this.#widths[index] ?? 0, cell.length);
      });
    }
    for (const line of lines) {
      const text = line.map((cell, index) => cell.padEnd(this.#widths[index] ?? 0)).join(GAP);
      this.#options.terminal.write(`${text.trimEnd()}\n`);
    }
  }

  #headers(): string[] {
    const names = this.#shown(this.#columns.map(({ name }) => name.toUpperCase()));
    return this.#options.hasNamespaces ? ['NAMESPACE', ...names] : names;
  }

  #cellsOf({ cells, object }: TableRow): string[] {
    const texts = cells.map((cell, index) => {
      const text = cell === null ? '<none>' : String(cell);
      // A line break in a cell, as events have them, must not break the table.
      return `${this.#columns[index]?.name === 'Name' ? this.#options.namePrefix : ''}${text.replace(/\s*\n\s*/g, ' ')}`;
    });
    const shown = this.#shown(texts);
    return this.#options.hasNamespaces ? [object.metadata.namespace ?? '', ...shown] : shown;
  }

  #shown(values: readonly string[]): string[] {
    return values.filter((_, index) => this.#options.isWide || (this.#columns[index]?.priority ?? 0) === 0);
  }
}
