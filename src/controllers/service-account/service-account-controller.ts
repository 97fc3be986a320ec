import type { Client } from '../../api/client.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';

const DEFAULT_ACCOUNT = 'default';

/**
 * "A ServiceAccount controller manages the ServiceAccounts inside namespaces, and ensures a ServiceAccount named
 * default exists in every active namespace" (Managing Service Accounts, kubernetes.io).
 */
export class ServiceAccountController implements Controller {
  readonly name = 'serviceaccount-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;

  constructor({ client }: ControllerContext) {
    this.#client = client;
    this.watches = [
      { kind: 'Namespace', keysOf: ({ metadata }) => [metadata.name] },
      {
        kind: 'ServiceAccount',
        keysOf: ({ metadata }, _previous, change) =>
          change === 'deleted' && metadata.name === DEFAULT_ACCOUNT ? [metadata.namespace ?? ''] : [],
      },
    ];
  }

  reconcile(name: string): ReconcileResult {
    const namespace = this.#client.get('Namespace', { name });
    if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return {};
    if (this.#client.get('ServiceAccount', { namespace: name, name: DEFAULT_ACCOUNT }) !== undefined) return {};
    const metadata = { name: DEFAULT_ACCOUNT, namespace: name };
    this.#client.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    return {};
  }
}
