import type { KindInfo } from './kinds.ts';

/**
 * Kubernetes' rules for names (k8s.io/apimachinery/pkg/util/validation). Each function returns what is wrong with a
 * value, in Kubernetes' words, and an empty list when nothing is.
 */
export type NameRule = (value: string) => readonly string[];

const NONE: readonly string[] = [];
const LABEL_FORMAT = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN_FORMAT = `${LABEL_FORMAT}(\\.${LABEL_FORMAT})*`;
const DNS_1035_FORMAT = '[a-z]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED_NAME_FORMAT = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE_FORMAT = `(${QUALIFIED_NAME_FORMAT})?`;
const CONFIG_KEY_FORMAT = '[-._a-zA-Z0-9]+';

const LABEL = new RegExp(`^${LABEL_FORMAT}$`);
const SUBDOMAIN = new RegExp(`^${SUBDOMAIN_FORMAT}$`);
const DNS_1035 = new RegExp(`^${DNS_1035_FORMAT}$`);
const QUALIFIED_NAME = new RegExp(`^${QUALIFIED_NAME_FORMAT}$`);
const LABEL_VALUE = new RegExp(`^${LABEL_VALUE_FORMAT}$`);
const CONFIG_KEY = new RegExp(`^${CONFIG_KEY_FORMAT}$`);

function formatMessage(rule: string, format: string, examples: readonly string[]): string {
  const quoted = examples.map((example) => `'${example}', `).join(' or ');
  return `${rule} (${quoted === '' ? '' : `e.g. ${quoted}`}regex used for validation is '${format}')`;
}

/** Kubernetes' message of a text that is too long. */
export function tooLongMessage(maxLength: number): string {
  return `must be no more than ${maxLength} characters`;
}

function lengthProblems(value: string, maxLength: number): string[] {
  return value.length > maxLength ? [tooLongMessage(maxLength)] : [];
}

const LABEL_MESSAGE = formatMessage(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', " +
    'and must start and end with an alphanumeric character',
  LABEL_FORMAT,
  ['my-name', '123-abc'],
);
const SUBDOMAIN_MESSAGE = formatMessage(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', " +
    'and must start and end with an alphanumeric character',
  SUBDOMAIN_FORMAT,
  ['example.com'],
);
const DNS_1035_MESSAGE = formatMessage(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', " +
    'start with an alphabetic character, and end with an alphanumeric character',
  DNS_1035_FORMAT,
  ['my-name', 'abc-123'],
);
const QUALIFIED_NAME_MESSAGE = formatMessage(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  QUALIFIED_NAME_FORMAT,
  ['MyName', 'my.name', '123-abc'],
);
const LABEL_VALUE_MESSAGE = formatMessage(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', " +
    'and must start and end with an alphanumeric character',
  LABEL_VALUE_FORMAT,
  ['MyValue', 'my_value', '12345'],
);
const CONFIG_KEY_MESSAGE = formatMessage(
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  CONFIG_KEY_FORMAT,
  ['key.name', 'KEY_NAME', 'key-name'],
);

/** At most 63 characters, as a namespace or a container is named. */
export function dns1123LabelProblems(value: string): readonly string[] {
  const problems = lengthProblems(value, 63);
  if (!LABEL.test(value)) problems.push(LABEL_MESSAGE);
  return problems;
}

/** At most 253 characters, as most objects are named. */
export function dns1123SubdomainProblems(value: string): readonly string[] {
  const problems = lengthProblems(value, 253);
  if (!SUBDOMAIN.test(value)) problems.push(SUBDOMAIN_MESSAGE);
  return problems;
}

/** At most 63 characters and a letter first, as a service is named. */
export function dns1035LabelProblems(value: string): readonly string[] {
  const problems = lengthProblems(value, 63);
  if (!DNS_1035.test(value)) problems.push(DNS_1035_MESSAGE);
  return problems;
}

/** A label or annotation key, a resource or finalizer name: `name` or `example.com/name`. */
export function qualifiedNameProblems(value: string): readonly string[] {
  const parts = value.split('/');
  const [first = '', second] = parts;
  if (parts.length > 2) {
    return [
      `a qualified name ${QUALIFIED_NAME_MESSAGE} with an optional DNS subdomain prefix and '/' ` +
        "(e.g. 'example.com/MyName')",
    ];
  }
  const problems: string[] = [];
  if (second !== undefined) {
    const prefix = first === '' ? ['must be non-empty'] : dns1123SubdomainProblems(first);
    problems.push(...prefix.map((problem) => `prefix part ${problem}`));
  }
  const name = second ?? first;
  if (name === '') problems.push('name part must be non-empty');
  else if (name.length > 63) problems.push(`name part ${tooLongMessage(63)}`);
  if (!QUALIFIED_NAME.test(name)) problems.push(`name part ${QUALIFIED_NAME_MESSAGE}`);
  return problems;
}

/** An annotation's key is checked in lower case (apimachinery, ValidateAnnotations). */
export function annotationKeyProblems(value: string): readonly string[] {
  return qualifiedNameProblems(value.toLowerCase());
}

export function labelValueProblems(value: string): readonly string[] {
  const problems = lengthProblems(value, 63);
  if (!LABEL_VALUE.test(value)) problems.push(LABEL_VALUE_MESSAGE);
  return problems;
}

/** Since 1.32 any printable ASCII but `=` may name a variable (RelaxedEnvironmentVariableValidation). */
export function envVarNameProblems(value: string): readonly string[] {
  if (value === '') return ['environment variable name must be non-empty'];
  if (/^[ -<>-~]+$/.test(value)) return NONE;
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** A key of a ConfigMap or Secret: it becomes a file name. */
export function configMapKeyProblems(value: string): readonly string[] {
  const problems = lengthProblems(value, 253);
  if (!CONFIG_KEY.test(value)) problems.push(CONFIG_KEY_MESSAGE);
  if (value === '.') problems.push(`must not be '.'`);
  else if (value === '..') problems.push(`must not be '..'`);
  else if (value.startsWith('..')) problems.push(`must not start with '..'`);
  return problems;
}

/** The name of a port of a container, which is an IANA service name. */
export function portNameProblems(value: string): readonly string[] {
  const problems: string[] = [];
  if (value.length > 15) problems.push(tooLongMessage(15));
  if (!/^[-a-z0-9]+$/.test(value))
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) problems.push('must contain at least one letter (a-z)');
  if (value.includes('--')) problems.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) problems.push('must not begin or end with a hyphen');
  return problems;
}

export function portNumberProblems(value: number): readonly string[] {
  return rangeProblems(value, 1, 65535);
}

/** Both bounds are allowed. */
export function rangeProblems(value: number, min: number, max: number): readonly string[] {
  if (Number.isInteger(value) && value >= min && value <= max) return NONE;
  return [`must be between ${min} and ${max}, inclusive`];
}

/** A name that only has to fit into a URL, as roles have it: `system:node`. */
export function pathSegmentNameProblems(value: string): readonly string[] {
  if (value === '.') return [`may not be '.'`];
  if (value === '..') return [`may not be '..'`];
  return ['/', '%'].filter((char) => value.includes(char)).map((char) => `may not contain '${char}'`);
}

/** A mount's or subPath's text that must stay below its root (`validateLocalDescendingPath`). */
export function descendingPathProblems(value: string): readonly string[] {
  if (value.startsWith('/')) return ['must be a relative path'];
  return value.split('/').includes('..') ? ["must not contain '..'"] : NONE;
}

const RULES: Readonly<Record<string, NameRule>> = {
  Namespace: dns1123LabelProblems,
  Service: dns1035LabelProblems,
  StatefulSet: dns1123LabelProblems,
  Role: pathSegmentNameProblems,
  RoleBinding: pathSegmentNameProblems,
  ClusterRole: pathSegmentNameProblems,
  ClusterRoleBinding: pathSegmentNameProblems,
};

/**
 * What is wrong with `metadata.name` of this kind. Names of workloads may be subdomains, although pods' host names are
 * cut at 63 characters; only a StatefulSet's is the host name of its pods as it stands.
 */
export function objectNameProblems(kind: Pick<KindInfo, 'kind'>, name: string): readonly string[] {
  return (RULES[kind.kind] ?? dns1123SubdomainProblems)(name);
}

/** `generateName` follows the kind's rule, but may end where a suffix will follow (`maskTrailingDash`). */
export function generateNameProblems(kind: Pick<KindInfo, 'kind'>, prefix: string): readonly string[] {
  const masked = prefix.length > 1 && prefix.endsWith('-') ? `${prefix.slice(0, -2)}a` : prefix;
  return objectNameProblems(kind, masked);
}
