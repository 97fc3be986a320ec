import { isJsonObject } from '../lib/json.ts';
import type { KindInfo } from './kinds.ts';
import { SelectorError } from './label-selector.ts';

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

const GENERIC_FIELDS = ['metadata.name', 'metadata.namespace'];

/**
 * The fields that Kubernetes lets one select by, beside name and namespace (each kind's `AddFieldLabelConversionFunc`).
 */
const FIELDS_OF_KIND: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  Event: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  Secret: ['type'],
  Namespace: ['status.phase'],
  Node: ['spec.unschedulable'],
  ReplicaSet: ['status.replicas'],
  ReplicationController: ['status.replicas'],
  Job: ['status.successful'],
  Service: ['spec.clusterIP', 'spec.type'],
};

/** The fields by which objects of this kind can be selected. */
export function selectableFieldsOf(kind: Pick<KindInfo, 'kind'>): readonly string[] {
  return [...GENERIC_FIELDS, ...(FIELDS_OF_KIND[kind.kind] ?? [])];
}

/**
 * Reads `metadata.name=x,spec.nodeName!=y` for this kind into a matcher. A backslash escapes `,`, `=` and itself in a
 * value. Throws `SelectorError`, also for a field that the kind does not offer.
 */
export function parseFieldSelector(text: string, kind: Pick<KindInfo, 'kind'>): (object: object) => boolean {
  const requirements = parseFieldRequirements(text);
  const offered = selectableFieldsOf(kind);
  for (const { field } of requirements) {
    if (offered.includes(field)) continue;
    throw new SelectorError(`field label not supported: ${field}`);
  }
  return (object) =>
    requirements.every(({ field, operator, value }) => (fieldText(object, field) === value) === (operator === '='));
}

/** The requirements of the text form (k8s.io/apimachinery/pkg/fields/selector.go). Throws `SelectorError`. */
export function parseFieldRequirements(text: string): readonly FieldRequirement[] {
  return splitUnescaped(text)
    .filter((term) => term !== '')
    .map((term) => {
      const match = /^((?:[^\\=!]|\\.|!(?!=))*?)(==|!=|=)(.*)$/s.exec(term);
      const [, field, operator, escaped] = match ?? [];
      if (field === undefined || operator === undefined || escaped === undefined) {
        throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
      }
      return { field, operator: operator === '!=' ? '!=' : '=', value: unescapeValue(escaped) };
    });
}

function splitUnescaped(text: string): string[] {
  const terms: string[] = [];
  let term = '';
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '\\') {
      term += char + text.charAt(++i);
    } else if (char === ',') {
      terms.push(term);
      term = '';
    } else {
      term += char;
    }
  }
  terms.push(term);
  return terms;
}

function unescapeValue(value: string): string {
  if (/(^|[^\\])(\\\\)*=/.test(value))
    throw new SelectorError(`invalid field selector: unescaped character in value: '='`);
  if (/(^|[^\\])(\\\\)*\\($|[^\\,=])/.test(value))
    throw new SelectorError('invalid field selector: invalid escape sequence');
  return value.replace(/\\([\\,=])/g, '$1');
}

function fieldText(object: object, field: string): string {
  if (field === 'source') return fieldText(object, 'source.component') || fieldText(object, 'reportingComponent');
  if (field === 'status.successful') return fieldText(object, 'status.succeeded') || '0';
  if (field === 'status.podIPs') return podIPs(object);
  let value: unknown = object;
  for (const step of field.split('.')) value = isJsonObject(value) ? value[step] : undefined;
  if (value === undefined || value === null) return ABSENT_TEXT[field] ?? '';
  return String(value);
}

/** How a field that is left out reads: Go's zero value of its type. */
const ABSENT_TEXT: Readonly<Record<string, string>> = {
  'spec.hostNetwork': 'false',
  'spec.unschedulable': 'false',
  'status.replicas': '0',
};

function podIPs(object: object): string {
  const status = (object as { readonly status?: { readonly podIPs?: readonly { readonly ip?: string }[] } }).status;
  return (status?.podIPs ?? []).map(({ ip }) => ip ?? '').join(',');
}
