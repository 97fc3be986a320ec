/**
 * The connections that probes and lifecycle hooks make. It follows no redirects and judges nothing; a call never
 * rejects, and ends after `timeoutMs` at the latest.
 */
export interface ProbeSockets {
  /** One GET without keep-alive; certificates are not verified, as the kubelet does not. */
  httpGet(request: HttpProbeRequest): Promise<HttpProbeReply>;
  /** Opens a connection and closes it. */
  tcpConnect(host: string, port: number, timeoutMs: number): Promise<TcpProbeReply>;
}

export interface HttpProbeRequest {
  readonly url: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly timeoutMs: number;
  /** The body is read up to here. */
  readonly maxBodyBytes: number;
}

export type HttpProbeReply =
  | {
      readonly type: 'response';
      readonly statusCode: number;
      /** The `Location` header. */
      readonly location?: string;
      readonly body: string;
    }
  | ProbeConnectionError;

export type TcpProbeReply = { readonly type: 'connected' } | ProbeConnectionError;

export interface ProbeConnectionError {
  readonly type: 'error';
  /** `connect: connection refused`, worded as the kubelet's. */
  readonly message: string;
  /** Nothing came in time: the one failure that a stall of Berth itself can cause. */
  readonly timedOut: boolean;
}
