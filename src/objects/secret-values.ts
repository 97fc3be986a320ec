import { isSecretName } from './secret-names.ts';

/** A secret that is known by its own form, wherever it stands. */
interface SecretForm {
  /** `a password in a URL`. */
  readonly what: string;
  /** Global; the part that is secret is its group `secret`. Bounded, as the texts come from strangers. */
  readonly pattern: RegExp;
}

const FORMS: readonly SecretForm[] = [
  // "userinfo = *( unreserved / pct-encoded / sub-delims / ":" )" (RFC 3986, 3.2.1): the password stands behind its
  // first colon.
  { what: 'a password in a URL', pattern: /:\/\/[^\s/?#@:'"`]{0,256}:(?<secret>[^\s/?#@'"`]{1,512})@(?=[^\s@])/dg },
  // "-----BEGIN PRIVATE KEY-----" (RFC 7468, section 10), with the words that other formats put before and behind it.
  {
    what: 'a private key',
    pattern:
      /(?<secret>-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,64}-----|$))/dg,
  },
  { what: 'a token of GitHub', pattern: /\b(?<secret>gh[opsur]_\w{20,255}|github_pat_\w{20,255})/dg },
  { what: 'a token of GitLab', pattern: /\b(?<secret>glpat-[\w-]{20,255})/dg },
  { what: 'an access key of AWS', pattern: /\b(?<secret>A(?:KI|SI)A[A-Z2-7]{16})\b/dg },
  { what: 'a token of Slack', pattern: /\b(?<secret>xox[abeoprs]-[\w-]{10,255})/dg },
  { what: 'a key of age', pattern: /\b(?<secret>AGE-SECRET-KEY-1[A-Z0-9]{58})\b/dg },
];

/** What none of the forms can do without: most texts are done with after this look. */
const HINT = /:\/\/|PRIVATE KEY|gh[opsur]_|github_pat_|glpat-|AKIA|ASIA|xox|AGE-SECRET|--/;

const FLAG_VALUE = /(?:^|[\s"'])--?(?<flag>[A-Za-z][\w.-]{0,100})=(?<secret>[^\s"']{1,512})/dg;
const FLAG = /^--?([A-Za-z][\w.-]{0,100})$/;

interface Found {
  readonly what: string;
  readonly start: number;
  readonly end: number;
}

/**
 * What a text holds that must not be shown, as `a password in a URL`; `undefined` when nothing in it is known to be
 * secret.
 */
export function describeSecretIn(text: string): string | undefined {
  return findSecrets(text)[0]?.what;
}

/** Where the first of them begins; `undefined` when there is none. */
export function startOfSecretIn(text: string): number | undefined {
  return findSecrets(text)[0]?.start;
}

/** The text with `mask` in the place of each secret that is known by its form; the same text when there is none. */
export function maskSecretsIn(text: string, mask: string): string {
  let masked = '';
  let end = 0;
  for (const found of findSecrets(text)) {
    if (found.start < end) continue;
    masked += text.slice(end, found.start) + mask;
    end = found.end;
  }
  return end === 0 ? text : masked + text.slice(end);
}

/** Whether an argument is the value of the flag before it: `--password`, `hunter2`. */
export function isSecretArgument(before: unknown, value: unknown): boolean {
  if (typeof before !== 'string' || typeof value !== 'string') return false;
  const flag = FLAG.exec(before)?.[1];
  return flag !== undefined && isSecretFlag(flag) && isLiteral(value);
}

function findSecrets(text: string): readonly Found[] {
  if (!HINT.test(text)) return [];
  const found: Found[] = [];
  for (const { what, pattern } of FORMS) {
    for (const match of text.matchAll(pattern)) {
      const [start, end] = match.indices?.groups?.['secret'] ?? [0, 0];
      if (isLiteral(text.slice(start, end)) || what === 'a private key') found.push({ what, start, end });
    }
  }
  for (const match of text.matchAll(FLAG_VALUE)) {
    const { flag = '', secret = '' } = match.groups ?? {};
    const [start, end] = match.indices?.groups?.['secret'] ?? [0, 0];
    if (isSecretFlag(flag) && isLiteral(secret)) found.push({ what: `the value of --${flag}`, start, end });
  }
  return found.sort((a, b) => a.start - b.start || b.end - a.end);
}

/** A flag `--tls-secret` names a Secret more often than it holds one. */
function isSecretFlag(flag: string): boolean {
  return isSecretName(flag) && !/(?:secret|credentials?|authorization|cookie)$/i.test(flag);
}

/**
 * Not a reference (`$(PASSWORD)`, `{{ .Values.password }}`), a placeholder (`<password>`, `***`), a path, another flag
 * or a switch.
 */
export function isLiteral(value: string): boolean {
  return !/^(?:[$<{(*/-]|%s|\.\.?\/|(?:true|false|null|none|x+|redacted)$)/i.test(value);
}
