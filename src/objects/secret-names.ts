/** Names of variables and headers whose literal value is most likely a secret. */
const SECRET_NAME =
  /(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API[_-]?KEY|ACCESS[_-]?KEY|PRIVATE[_-]?KEY|CREDENTIALS?|AUTHORIZATION|COOKIE)$/i;

/** Whether a value under this name (of an environment variable, of a header) is better not shown. */
export function isSecretName(name: unknown): boolean {
  return typeof name === 'string' && SECRET_NAME.test(name);
}

/** Whether a text has such a name at all: a quick look before a thorough one. */
export function mentionsSecretName(text: string): boolean {
  return /pass|secret|token|key|credential|authorization|cookie/i.test(text);
}
