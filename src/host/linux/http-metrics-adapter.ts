import { readFile } from 'node:fs/promises';
import { LIMITS } from '../../lib/limits.ts';
import type { AdapterAnswer, AdapterRequest, MetricsAdapter } from '../metrics-adapter.ts';
import { exchange } from './http-exchange.ts';

export interface HttpMetricsAdapterOptions {
  /** Of the program that asks. */
  readonly userAgent: string;
  /** Certificates to trust in place of the system's, as an APIService's `caBundle`. Read at each question. */
  readonly caFile?: string;
  /** Sent as a bearer token, and never over plain http. Read at each question. */
  readonly tokenFile?: string;
  /**
   * "Disables TLS certificate verification when communicating with this server. This is strongly discouraged"
   * (APIService).
   */
  readonly insecureSkipTlsVerify?: boolean;
  /** Defaults to `LIMITS.metricsAnswerMs`. */
  readonly answerMs?: number;
}

/** Asks over HTTP or HTTPS. Redirects are not followed. */
export class HttpMetricsAdapter implements MetricsAdapter {
  readonly #options: HttpMetricsAdapterOptions;
  readonly #closing = new AbortController();

  constructor(options: HttpMetricsAdapterOptions) {
    this.#options = options;
  }

  async get({ baseUrl, path, serverName }: AdapterRequest): Promise<AdapterAnswer> {
    const { caFile, tokenFile, insecureSkipTlsVerify, userAgent, answerMs = LIMITS.metricsAnswerMs } = this.#options;
    const url = new URL(`${baseUrl.replace(/\/+$/, '')}${path}`);
    const isTls = url.protocol === 'https:';
    const token = tokenFile === undefined || !isTls ? undefined : (await readText(tokenFile)).trim();
    const ca = caFile === undefined || !isTls ? undefined : await readText(caFile);
    const timeout = AbortSignal.timeout(answerMs);
    try {
      const { status, body } = await exchange({
        url,
        headers: {
          accept: 'application/json',
          'user-agent': userAgent,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        maxBytes: LIMITS.metricsAnswerBytes,
        signal: AbortSignal.any([timeout, this.#closing.signal]),
        tls: {
          ...(ca === undefined ? {} : { ca }),
          ...(serverName === undefined ? {} : { serverName }),
          isUnverified: insecureSkipTlsVerify === true,
        },
        // What was found behind a Service is a pod of this box.
        isDirect: serverName !== undefined,
      });
      return { status, body: body.toString('utf8') };
    } catch (error) {
      if (timeout.aborted) throw new Error(`no answer within ${answerMs / 1000} s`, { cause: error });
      throw error;
    }
  }

  close(): void {
    this.#closing.abort();
  }
}

/** Says which file it is, and nothing of what is in it. */
async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? 'an error'}`, { cause: error });
  }
}
