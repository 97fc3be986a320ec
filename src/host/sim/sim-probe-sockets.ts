import { type Clock, sleep } from '../../lib/clock.ts';
import { type Random, randomInteger } from '../../lib/random.ts';
import type { HttpProbeReply, HttpProbeRequest, ProbeSockets, TcpProbeReply } from '../probe-sockets.ts';

/** What a simulated address does with a connection: answers it, has nobody listening, or lets it hang. */
export type SimAnswer = { readonly statusCode: number; readonly body?: string } | 'refused' | 'silent';

export interface SimProbeSocketsOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Asked for each connection; `path` is left out for plain TCP. */
  readonly answer: (host: string, port: number, path?: string) => SimAnswer;
}

/** Probes of the simulated world. */
export class SimProbeSockets implements ProbeSockets {
  readonly #options: SimProbeSocketsOptions;

  constructor(options: SimProbeSocketsOptions) {
    this.#options = options;
  }

  async httpGet(request: HttpProbeRequest): Promise<HttpProbeReply> {
    const url = new URL(request.url);
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
    const answer = await this.#ask(url.hostname, port, request.timeoutMs, `${url.pathname}${url.search}`);
    if (typeof answer !== 'string') {
      return {
        type: 'response',
        statusCode: answer.statusCode,
        body: (answer.body ?? '').slice(0, request.maxBodyBytes),
      };
    }
    if (answer === 'refused') return { type: 'error', message: 'connect: connection refused', timedOut: false };
    return { type: 'error', message: 'context deadline exceeded', timedOut: true };
  }

  async tcpConnect(host: string, port: number, timeoutMs: number): Promise<TcpProbeReply> {
    const answer = await this.#ask(host, port, timeoutMs);
    if (typeof answer !== 'string') return { type: 'connected' };
    if (answer === 'refused') return { type: 'error', message: 'connect: connection refused', timedOut: false };
    return { type: 'error', message: 'i/o timeout', timedOut: true };
  }

  async #ask(host: string, port: number, timeoutMs: number, path?: string): Promise<SimAnswer> {
    const { clock, random } = this.#options;
    await sleep(clock, randomInteger(random, 1, 5));
    const answer = this.#options.answer(host, port, path);
    if (answer === 'silent') await sleep(clock, timeoutMs);
    return answer;
  }
}
