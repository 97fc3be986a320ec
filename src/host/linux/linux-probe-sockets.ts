import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import type {
  HttpProbeReply,
  HttpProbeRequest,
  ProbeConnectionError,
  ProbeSockets,
  TcpProbeReply,
} from '../probe-sockets.ts';

/** Probes over real sockets. */
export class LinuxProbeSockets implements ProbeSockets {
  httpGet(request: HttpProbeRequest): Promise<HttpProbeReply> {
    return new Promise((resolve) => {
      let sent: http.ClientRequest | undefined;
      const finish = (reply: HttpProbeReply): void => {
        clearTimeout(timer);
        sent?.destroy();
        resolve(reply);
      };
      const timer = setTimeout(() => finish(HTTP_TIMEOUT), request.timeoutMs);
      try {
        sent = send(request);
      } catch (error) {
        finish(describe(error));
        return;
      }
      sent.on('error', (error) => finish(describe(error)));
      sent.on('response', (response) => readBody(response, request.maxBodyBytes, finish));
      sent.end();
    });
  }

  tcpConnect(host: string, port: number, timeoutMs: number): Promise<TcpProbeReply> {
    return new Promise((resolve) => {
      const socket = net.connect({ host, port });
      const finish = (reply: TcpProbeReply): void => {
        clearTimeout(timer);
        socket.destroy();
        resolve(reply);
      };
      const timer = setTimeout(() => finish({ type: 'error', message: 'i/o timeout', timedOut: true }), timeoutMs);
      socket.on('connect', () => finish({ type: 'connected' }));
      socket.on('error', (error) => finish(describe(error)));
    });
  }
}

const HTTP_TIMEOUT: ProbeConnectionError = {
  type: 'error',
  message: 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
  timedOut: true,
};

function send(request: HttpProbeRequest): http.ClientRequest {
  const headers: Record<string, string[]> = {};
  for (const { name, value } of request.headers) {
    const key = name.toLowerCase();
    headers[key] = [...(headers[key] ?? []), value];
  }
  const { host, ...rest } = headers;
  const options = {
    agent: false,
    headers: host?.[0] === undefined ? rest : { ...rest, host: host[0] },
    rejectUnauthorized: false,
  };
  return request.url.startsWith('https:') ? https.get(request.url, options) : http.get(request.url, options);
}

/** What counts is the status; the body is read for the message, and only its beginning. */
function readBody(response: http.IncomingMessage, maxBytes: number, finish: (reply: HttpProbeReply) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const { location } = response.headers;
  const done = (): void =>
    finish({
      type: 'response',
      statusCode: response.statusCode ?? 0,
      ...(location === undefined ? {} : { location }),
      body: Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8'),
    });
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= maxBytes) done();
  });
  response.on('end', done);
  response.on('error', (error) => finish(describe(error)));
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  ECONNRESET: 'read: connection reset by peer',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ENOTFOUND: 'no such host',
};

function describe(error: unknown): ProbeConnectionError {
  const { code, message }: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error));
  return { type: 'error', message: WORDS[String(code)] ?? message, timedOut: code === 'ETIMEDOUT' };
}
