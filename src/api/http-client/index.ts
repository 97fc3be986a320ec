/**
 * A client of the API over its unix socket, for the command line: requests, watches, logs and exec, with errors that
 * say what to do. It knows the protocol and nothing of what is behind it.
 */
export {
  type ApiClient,
  type ApiClientOptions,
  type ApiRequest,
  createApiClient,
  type ExecStreams,
} from './api-client.ts';
