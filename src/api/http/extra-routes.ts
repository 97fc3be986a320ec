import type { JsonValue } from '../../lib/json.ts';

/** A route outside of Kubernetes' API, mounted by the composition root: `/berth/v1/…`. */
export interface ExtraRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Exact path, below `/berth/v1/`. */
  readonly path: string;
  /** Answers with a value, or line by line as things happen. An `ApiError` becomes a `Status`. */
  readonly handle: (request: ExtraRequest) => ExtraAnswer | Promise<ExtraAnswer>;
}

export interface ExtraRequest {
  readonly query: URLSearchParams;
  /** `undefined` for a request without a body. */
  readonly body: JsonValue | undefined;
  /** Aborts when the client goes or the server closes. */
  readonly signal: AbortSignal;
}

export type ExtraAnswer =
  | { readonly json: object }
  /** One line of JSON each. */
  | { readonly lines: AsyncIterable<unknown> };
