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

/**
 * A field's problem with its place in the file, its excerpt and, for a value that lacks quotes, the value in quotes.
 */
export function fieldDiagnostic(
  source: SourceText,
  place: ObjectPlace,
  object: string,
  problem: FieldProblem,
): FileDiagnostic {
  const located = source.locate(place, problem.path, problem.at);
  const isSecret = source.isSensitive(place, problem.path);
  const field = formatFieldPath(problem.path);
  const isQuoteMissing = needsText(problem) && located.isPlain === true;
  const help = isQuoteMissing && !isSecret && located.source ? helpToQuote(located.source) : problem.help;
  return source.diagnosticAt(
    located,
    {
      code: problem.code,
      severity: problem.severity,
      object,
      ...(field === '' ? {} : { field }),
      message: fieldMessage(problem),
      ...(help === undefined ? {} : { help }),
    },
    isSecret ? { keep: (problem.at === 'key' ? located.endColumn : located.column) - 1 } : {},
  );
}

/** The message with the field in front of it, where it does not name the place itself. */
export function fieldMessage({ code, path, message }: FieldProblem): string {
  return SELF_CONTAINED.has(code) ? message : `${formatFieldPath(path)}: ${message}`;
}

const WORDS_OF_YAML_1_1 = /^(?:(y|yes|on)|n|no|off)$/i;

/** `text` is what is written there. */
export function helpToQuote(text: string): string {
  const word = WORDS_OF_YAML_1_1.exec(text);
  const reading = word === null ? '' : `, as YAML 1.1 reads ${text} as ${word[1] !== undefined}`;
  return `put it in quotes: "${text}"${reading}`;
}

/** Whether quotes around the value may be all that is missing. */
export function needsText({ code, message }: FieldProblem): boolean {
  return code === 'FieldValueTypeInvalid' && message.endsWith('must be a string');
}
