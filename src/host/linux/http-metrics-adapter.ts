import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { LIMITS } from '../../lib/limits.ts';
import type { AdapterAnswer, AdapterRequest, MetricsAdapter } from '../metrics-adapter.ts';

export interface HttpMetricsAdapterOptions {
  /** Of the program that asks. */
  readonly userAgent: string;
  /** Certificates to trust in place of the system's, as an APIService's `caBundle`. Read at each question. */
  readonly caFile?: string;
  /** Sent as a bearer token, and never over plain http. Read at each question. */
  readonly tokenFile?: string;
  /** "Disables TLS certificate verification when communicating with this server. This is strongly discouraged" (APIService). */
  readonly insecureSkipTlsVerify?: boolean;
  /** Defaults to `LIMITS.metricsAnswerMs`. */
  readonly answerMs?: number;
}

/** Asks over HTTP or HTTPS. Connections are kept for the next question; redirects are not followed. */
export class HttpMetricsAdapter implements MetricsAdapter {
  readonly #options: HttpMetricsAdapterOptions;
  readonly #http = new HttpAgent({ keepAlive: true });
  readonly #https = new HttpsAgent({ keepAlive: true });
  readonly #closing = new AbortController();

  constructor(options: HttpMetricsAdapterOptions) {
    this.#options = options;
  }

  async get({ baseUrl, path, serverName }: AdapterRequest): Promise<AdapterAnswer> {
    const { caFile, tokenFile, insecureSkipTlsVerify, userAgent, answerMs = LIMITS.metricsAnswerMs } = this.#options;
    const url = new URL(`${baseUrl.replace(/\/+$/, '')}${path}`);
    const isTls = url.protocol === 'https:';
    const token = tokenFile === undefined || !isTls ? undefined : (await readText(tokenFile)).trim();
    const headers = {
      accept: 'application/json',
      'user-agent': userAgent,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const timeout = AbortSignal.timeout(answerMs);
    const signal = AbortSignal.any([timeout, this.#closing.signal]);
    const tls = {
      ...(caFile === undefined ? {} : { ca: await readText(caFile) }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      rejectUnauthorized: insecureSkipTlsVerify !== true,
    };
    try {
      return await new Promise<AdapterAnswer>((resolve, reject) => {
        const onAnswer = (answer: IncomingMessage) => readAnswer(answer).then(resolve, reject);
        const request = isTls
          ? requestHttps(url, { headers, signal, agent: this.#https, ...tls }, onAnswer)
          : requestHttp(url, { headers, signal, agent: this.#http }, onAnswer);
        request.on('error', reject);
        request.end();
      });
    } catch (error) {
      if (timeout.aborted) throw new Error(`no answer within ${answerMs / 1000} s`, { cause: error });
      throw error;
    }
  }

  close(): void {
    this.#closing.abort();
    this.#http.destroy();
    this.#https.destroy();
  }
}

async function readAnswer(answer: IncomingMessage): Promise<AdapterAnswer> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of answer as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.length;
    if (sizeBytes > LIMITS.metricsAnswerBytes) {
      answer.destroy();
      throw new Error(`the answer is larger than ${LIMITS.metricsAnswerBytes} bytes (metricsAnswerBytes)`);
    }
    chunks.push(chunk);
  }
  return { status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') };
}

/** Says which file it is, and nothing of what is in it. */
async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? 'an error'}`, { cause: error });
  }
}
