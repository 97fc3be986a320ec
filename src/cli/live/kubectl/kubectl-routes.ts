import { badRequest } from '../../../api/failures.ts';
import type { ExtraRoute } from '../../../api/http/index.ts';
import { isJsonObject } from '../../../lib/json.ts';
import { BERTH_PATHS } from '../berth-paths.ts';
import type { Grant } from './grant.ts';
import type { KubectlAccess } from './kubectl-access.ts';

/**
 * How the command line asks for ways in for kubectl. Only the socket has these routes: a kubeconfig gives no further
 * one.
 */
export function createKubectlRoutes(access: KubectlAccess): readonly ExtraRoute[] {
  return [
    { method: 'GET', path: BERTH_PATHS.kubectlSession, handle: ({ signal }) => ({ lines: session(access, signal) }) },
    {
      method: 'POST',
      path: BERTH_PATHS.kubeconfig,
      handle: async ({ body }) => ({ json: await access.grant(portOf(body)) }),
    },
    {
      method: 'DELETE',
      path: BERTH_PATHS.kubeconfig,
      handle: async () => ({ json: { revoked: await access.revoke() } }),
    },
  ];
}

/** Says how to come in, and then nothing: the port is open for as long as somebody listens. */
async function* session(access: KubectlAccess, signal: AbortSignal): AsyncIterable<Grant> {
  yield await access.openSession(signal);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

function portOf(body: unknown): number | undefined {
  const port = isJsonObject(body) ? body['port'] : undefined;
  if (port === undefined) return undefined;
  if (typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw badRequest('port must be a number from 1 to 65535');
}
