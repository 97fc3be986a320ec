import { createHash } from 'node:crypto';
import { computeDocument, documentNames } from './compute-document.ts';

export interface OpenApiText {
  readonly text: string;
  /** Of the text: another one after an upgrade that changes it. */
  readonly hash: string;
}

/**
 * The documents as they are sent. Each is made when it is first asked for and kept for as long as memory allows; their
 * hashes stay. Nothing in them depends on what is stored.
 */
export class OpenApiDocuments {
  readonly #names = documentNames();
  readonly #hashes = new Map<string, string>();
  readonly #texts = new Map<string, WeakRef<OpenApiText>>();

  /** `undefined` where no such group version is served. */
  find(name: string): OpenApiText | undefined {
    const known = this.#texts.get(name)?.deref();
    if (known !== undefined) return known;
    const apiVersion = this.#names.get(name);
    if (apiVersion === undefined) return undefined;
    const text = JSON.stringify(computeDocument(apiVersion));
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 32).toUpperCase();
    const made = { text, hash };
    this.#hashes.set(name, hash);
    this.#texts.set(name, new WeakRef(made));
    return made;
  }

  /**
   * `/openapi/v3`: where each document is. Making them all takes some tens of milliseconds, so that other work has its
   * turn in between.
   */
  async index(): Promise<object> {
    const paths: Record<string, { readonly serverRelativeURL: string }> = {};
    for (const name of this.#names.keys()) {
      const hash = this.#hashes.get(name) ?? this.find(name)?.hash ?? '';
      paths[name] = { serverRelativeURL: `/openapi/v3/${name}?hash=${hash}` };
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { paths };
  }
}
