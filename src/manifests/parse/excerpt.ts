import { startOfSecretIn } from '../../objects/secret-values.ts';
import { type Excerpt, printable, type Span } from '../diagnostic.ts';

const MASK = '<redacted>';
const WINDOW_CHARS = 120;
const LEAD_CHARS = 40;

/**
 * Names whose values are masked wherever they stand: people put passwords into ConfigMaps and literal environment
 * variables.
 */
const SENSITIVE_NAME = /passw|passphrase|secret|token|api[-_]?key|private[-_]?key|access[-_]?key|credential/i;

/** Kubernetes' own fields that sound like it and hold names or switches. */
const HARMLESS_FIELDS = new Set([
  'automountServiceAccountToken',
  'imagePullSecrets',
  'nodePublishSecretRef',
  'secret',
  'secretKeyRef',
  'secretName',
  'secretRef',
  'secrets',
  'serviceAccountToken',
]);

export function isSensitiveName(name: string): boolean {
  return SENSITIVE_NAME.test(name) && !HARMLESS_FIELDS.has(name);
}

/**
 * The line at `span`, ready to print. `keep` is the number of characters that may be shown of a line with a secret;
 * undefined when it has none.
 */
export function makeExcerpt(line: string, span: Span, keep: number | undefined): Excerpt {
  const start = Math.min(span.column - 1, line.length);
  const end = Math.max(span.endColumn - 1, start + 1);
  const open = keep ?? openCharacters(line);
  if (open === undefined || open >= line.length) return windowOf(line, start, end);
  const masked = maskAfter(line, open);
  if (start < open) return windowOf(masked, start, Math.min(end, Math.max(open, start + 1)));
  const maskStart = Math.max(0, masked.length - MASK.length);
  return windowOf(masked, maskStart, masked.length);
}

function maskAfter(line: string, open: number): string {
  if (open === 0) return `${/^ */.exec(line)?.[0] ?? ''}${MASK}`;
  const colon = /^["']?\s*:/.exec(line.slice(open))?.[0] ?? '';
  return `${line.slice(0, open)}${colon} ${MASK}`;
}

/**
 * How much of a line outside of Secrets may be shown when its key has a sensitive name, or its text is a secret by its
 * form; undefined for all of it.
 */
function openCharacters(line: string): number | undefined {
  const match = /^(\s*(?:- )*["']?([\w.-]+)["']?\s*:)\s+\S/.exec(line);
  if (match?.[1] === undefined || match[2] === undefined || !isSensitiveName(match[2])) return startOfSecretIn(line);
  return match[1].length;
}

/** Cuts a long line around its carets. */
function windowOf(line: string, start: number, end: number): Excerpt {
  const from = line.length <= WINDOW_CHARS ? 0 : Math.max(0, Math.min(start - LEAD_CHARS, line.length - WINDOW_CHARS));
  const lead = from === 0 ? '' : '…';
  const tail = from + WINDOW_CHARS < line.length ? '…' : '';
  const text = `${lead}${printable(line.slice(from, from + WINDOW_CHARS))}${tail}`;
  const caretStart = start - from + lead.length;
  const caretEnd = Math.min(end - from + lead.length, Math.max(text.length - tail.length, caretStart + 1));
  return { text: detached(text), caretStart, caretEnd };
}

/** A copy that does not keep the whole file in memory, as a slice of it would. */
function detached(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
