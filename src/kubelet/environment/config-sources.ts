import type { ConfigMap, Secret, Service } from '../../objects/types.ts';

/** The objects that a pod may refer to, all of its own namespace, as they are now. */
export interface ConfigSources {
  configMap(name: string): ConfigMap | undefined;
  secret(name: string): Secret | undefined;
  services(): readonly Service[];
}

/** Something that a pod needs is not there or not right; the message is the kubelet's. */
export class MissingConfigError extends Error {
  override readonly name = 'MissingConfigError';

  /** The same one with words before it; any other error stays as it is. */
  static within(words: string, error: unknown): unknown {
    return error instanceof MissingConfigError ? new MissingConfigError(`${words} : ${error.message}`) : error;
  }
}

/** The bytes of a Secret's value or of a ConfigMap's `binaryData`. */
export function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

export function decodeText(base64: string): string {
  return new TextDecoder().decode(decodeBase64(base64));
}
