/**
 * The registry on Kubernetes' REST paths and in its shapes, over a unix socket, and for kubectl over TLS with a token
 * on the loopback.
 *
 * Flow of a request: path → target (`request-target.ts`) → handler (`dispatch.ts`) → a call of the registry's client →
 * the form that was asked for (object, table, metadata) → the answer, once what it shows is on disk. Watches and logs
 * stream, `exec` is a WebSocket.
 *
 * It must not know controllers or the node agent: pods' streams and Berth's own routes are injected.
 */
export {
  type ApiServer,
  type ApiServerOptions,
  createApiServer,
  type TokenDoor,
  type TokenDoorOptions,
} from './api-server.ts';
export type { ExtraAnswer, ExtraRequest, ExtraRoute } from './extra-routes.ts';
export { resourcePathOf } from './request-target.ts';
