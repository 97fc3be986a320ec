import { isJsonObject } from '../../../lib/json.ts';
import { isSecretName } from '../../../objects/secret-names.ts';
import { containersOf, podTemplateOf } from '../../pod-specs.ts';
import { findingOn, ofKind, type Rule } from '../rule.ts';

/** "Anyone … with access to the manifest can read the secret: base64 encoding is not an encryption method" (Good practices for Secrets, kubernetes.io). */
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
        const help = 'keep it in a Secret, and take it from there with valueFrom.secretKeyRef';
        return [findingOn(planned, 'SecretPlain', { severity: 'warning', field, message, help })];
      }),
    );
  }),
];
