import { type FieldProblem, formatFieldPath } from '../objects/field-problem.ts';
import type { FileDiagnostic } from './diagnostic.ts';
import type { ObjectPlace, SourceText } from './parse/source-text.ts';

/** Codes whose message names the place already, or that are about the object as a whole. */
const SELF_CONTAINED: ReadonlySet<string> = new Set([
  'ApiVersionRemoved',
  'FieldUnknown',
  'KindInert',
  'KindRefused',
  'KindUnknown',
]);

/** A field's problem with its place in the file, its excerpt and, for a value that lacks quotes, the value in quotes. */
export function fieldDiagnostic(
  source: SourceText,
  place: ObjectPlace,
  object: string,
  problem: FieldProblem,
): FileDiagnostic {
  const located = source.locate(place, problem.path, problem.at);
  const isSecret = source.isSensitive(place, problem.path);
  const field = formatFieldPath(problem.path);
  const isQuoteMissing =
    problem.code === 'FieldValueTypeInvalid' &&
    problem.message.endsWith('must be a string') &&
    located.isPlain === true;
  const help = isQuoteMissing && !isSecret && located.source ? `put it in quotes: "${located.source}"` : problem.help;
  return source.diagnosticAt(
    located,
    {
      code: problem.code,
      severity: problem.severity,
      object,
      ...(field === '' ? {} : { field }),
      message: SELF_CONTAINED.has(problem.code) ? problem.message : `${field}: ${problem.message}`,
      ...(help === undefined ? {} : { help }),
    },
    isSecret ? { keep: (problem.at === 'key' ? located.endColumn : located.column) - 1 } : {},
  );
}
