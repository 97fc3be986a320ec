import type { ErrorCode } from '../../lib/error-codes.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { printable } from '../diagnostic.ts';
import { SourceText } from '../parse/source-text.ts';
import type { Place } from './nodes/node.ts';

export interface RenderErrorOptions {
  /** The next step, as a clause. */
  readonly help?: string;
  /** Where the cause stands; who catches the error fills in the field that asked for the work. */
  readonly at?: Place;
}

/** One thing that cannot be rendered. Thrown inside the renderer only; outside it is a `Diagnostic`. */
export class RenderError extends Error {
  override readonly name = 'RenderError';
  readonly code: ErrorCode;
  readonly help: string | undefined;
  readonly at: Place | undefined;

  constructor(code: ErrorCode, message: string, options: RenderErrorOptions = {}) {
    super(message);
    this.code = code;
    this.help = options.help;
    this.at = options.at;
  }
}

/** A blob has to be read before the work can go on; what else is needed is found out first. */
export class BlobNeeded extends Error {
  override readonly name = 'BlobNeeded';
}

/** The one that is thrown: it is thrown often, and gathering where from would cost more than the work itself. */
export const BLOB_NEEDED = new BlobNeeded();

/** The line (from 1) of a place in its file. */
export function lineOf({ file, start }: Place): number {
  let line = 1 + file.lineShift;
  for (let at = file.text.indexOf('\n'); at !== -1 && at < start; at = file.text.indexOf('\n', at + 1)) line++;
  return line;
}

/** A diagnostic with the place, and the excerpt where the place is in the file's own text. */
export function diagnosticOf(
  error: { readonly code: ErrorCode; readonly message: string; readonly help?: string | undefined },
  at: Place,
  field: string | undefined,
  severity: Diagnostic['severity'] = 'error',
): Diagnostic {
  const message = printable(error.message);
  const common = {
    code: error.code,
    severity,
    path: at.file.path,
    ...(field === undefined ? {} : { field }),
    ...(error.help === undefined ? {} : { help: printable(error.help) }),
  };
  if (at.file.lineShift > 0 || at.file.text === '' || at.file.secrecy !== undefined)
    return { ...common, message, line: lineOf(at) };
  const source = new SourceText(at.file.text);
  const end = /[^\s:,\]}]*/y;
  end.lastIndex = at.start;
  const length = end.exec(at.file.text)?.[0].length ?? 1;
  const span = source.lines.spanOf(at.start, at.start + Math.max(length, 1));
  return { ...common, ...source.diagnosticAt(span, { code: error.code, severity, message }) };
}
