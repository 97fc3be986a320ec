import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../lib/logger.ts';
import type { Client, Identity } from '../client.ts';
import type { NodeAgentMetrics } from '../metrics.ts';
import type { PodStreams } from '../pod-streams.ts';
import type { Registry } from '../registry.ts';
import type { OpenApiDocuments } from './openapi/openapi-documents.ts';

/** One request, with what every handler needs. */
export interface RequestScope {
  readonly request: IncomingMessage;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly identity: Identity;
  readonly client: Client;
  readonly server: ServerParts;
  /** Aborts when the client goes or the server closes. */
  readonly signal: AbortSignal;
}

/** A request that is answered in the ordinary way; an upgraded one has no response. */
export interface Exchange extends RequestScope {
  readonly response: ServerResponse;
  /** Warnings for whoever asks, sent with the answer. */
  readonly warnings: string[];
}

/** What the server was made of. */
export interface ServerParts {
  readonly registry: Registry;
  readonly podStreams: PodStreams;
  readonly metrics: NodeAgentMetrics | undefined;
  readonly logger: Logger;
  /** Of Berth, as `/version` tells it. */
  readonly version: string;
  readonly openApi: OpenApiDocuments;
}

/** A flag in a query: present and neither `false` nor `0`, as Kubernetes' conversion reads it. */
export function isFlagSet(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== 'false' && value !== '0';
}
