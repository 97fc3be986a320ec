import { isJsonObject, type JsonObject } from '../../../lib/json.ts';
import type { FieldPath } from '../../../objects/field-problem.ts';
import { isSecretName } from '../../../objects/secret-names.ts';
import { describeSecretIn, isLiteral, isSecretArgument } from '../../../objects/secret-values.ts';
import { LAST_APPLIED } from '../../hide-secrets.ts';
import { containersOf, podTemplateOf } from '../../pod-specs.ts';
import type { Finding } from '../finding.ts';
import type { PlannedObject } from '../planned-object.ts';
import { findingOn, ofKind, type Rule } from '../rule.ts';

/**
 * "Anyone … with access to the manifest can read the secret: base64 encoding is not an encryption method" (Good
 * practices for Secrets, kubernetes.io).
 */
export const plainSecrets: Rule = ({ objects }) => [
  ...ofKind(objects, 'Secret').flatMap((secret) => {
    const { data, stringData } = secret.object;
    const keys = [data, stringData].flatMap((part) => (isJsonObject(part) ? Object.keys(part) : []));
    if (keys.length === 0) return [];
    const list = keys.length > 3 ? `${keys.slice(0, 3).join(', ')} and ${keys.length - 3} more` : keys.join(', ');
    const message = `its values (${list}) stand in the repository in plain text`;
    const field = isJsonObject(data) && Object.keys(data).length > 0 ? 'data' : 'stringData';
    return [findingOn(secret, 'SecretPlain', { severity: 'warning', field: [field], message })];
  }),
  ...[...objects.values()].flatMap((planned) => {
    const template = podTemplateOf(planned.object);
    if (template === undefined) return [];
    return containersOf(template.spec).flatMap(({ container, path }) =>
      (container.env ?? []).flatMap(({ name, value }, index) => {
        if (value === undefined || value === '' || !isSecretName(name)) return [];
        const field = [...template.path, 'spec', ...path, 'env', index, 'value'];
        const message = `the variable ${name} of the container ${container.name} has its value written out`;
        return [findingOn(planned, 'SecretPlain', { severity: 'warning', field, message, help: IN_A_SECRET })];
      }),
    );
  }),
  ...ofKind(objects, 'ConfigMap').flatMap(namedValuesOf),
  ...[...objects.values()].flatMap(valuesByFormOf),
];

const IN_A_SECRET = 'keep it in a Secret, and take it from there with valueFrom.secretKeyRef';
const SECRET_INSTEAD = 'keep it in a Secret';

/**
 * "ConfigMap does not provide secrecy or encryption. If the data you want to store are confidential, use a Secret"
 * (ConfigMaps, kubernetes.io).
 */
function namedValuesOf(planned: PlannedObject): readonly Finding[] {
  const { data } = planned.object;
  return Object.entries(isJsonObject(data) ? data : {}).flatMap(([key, value]) => {
    if (!isSecretName(key) || typeof value !== 'string' || value === '' || !isLiteral(value)) return [];
    const message = `the key ${key} has its value written out in a ConfigMap`;
    return [
      findingOn(planned, 'SecretPlain', { severity: 'warning', field: ['data', key], message, help: SECRET_INSTEAD }),
    ];
  });
}

/** What is hidden in a report for its form is warned of, too. */
function valuesByFormOf(planned: PlannedObject): readonly Finding[] {
  const found: Finding[] = [];
  const path: (string | number)[] = [];
  const visit = (value: unknown, step: string | number, before?: unknown): void => {
    path.push(step);
    const what = isSecretArgument(before, value) ? `the value of ${String(before)}` : undefined;
    if (typeof value === 'string') report(what ?? describeSecretIn(value));
    else if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(item, index, value[index - 1]);
    else if (isJsonObject(value)) {
      for (const [key, child] of Object.entries(value)) if (!isSaidByName(planned, path, key, value)) visit(child, key);
    }
    path.pop();
  };
  const report = (what: string | undefined): void => {
    if (what === undefined) return;
    const message = `${what} stands in the repository in plain text`;
    const help = path.includes('env') ? IN_A_SECRET : SECRET_INSTEAD;
    found.push(findingOn(planned, 'SecretPlain', { severity: 'warning', field: [...path], message, help }));
  };
  for (const [field, value] of Object.entries(planned.object)) {
    const isOwn = field === 'status' || (planned.id.kind === 'Secret' && (field === 'data' || field === 'stringData'));
    if (!isOwn) visit(value, field);
  }
  return found;
}

/** Whether the rules above speak of the value already; and what kubectl keeps of an object is a copy of it. */
function isSaidByName({ id }: PlannedObject, path: FieldPath, key: string, parent: JsonObject): boolean {
  if (key === LAST_APPLIED) return true;
  if (key === 'value' && path.at(-2) === 'env') return isSecretName(parent['name']);
  return id.kind === 'ConfigMap' && path.length === 1 && path[0] === 'data' && isSecretName(key);
}
