import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface StandInRequest {
  readonly method: string;
  /** Without the base path and without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string;
  readonly body: Record<string, unknown>;
  readonly atMs: number;
}

export interface StandInAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StandInComment {
  readonly id: number;
  readonly user: { readonly login: string };
  body: string;
}

export interface StandInOptions {
  /** Where the API is: GitHub Enterprise Server has it below `/api/v3`. */
  readonly basePath?: string;
  /** Speaks TLS with it. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** What it is called, where that is not its address. */
  readonly host?: string;
  /** Answers what is not below the base path: the repositories themselves. */
  readonly serveGit?: RequestListener;
}

/** An own HTTP server in the place of GitHub: as much of its API as Berth speaks, with its limits, and with faults where a test wants some. */
export class GitHubStandIn {
  readonly requests: StandInRequest[] = [];
  readonly statuses: { sha: string; state: string; context: string; description: string; target_url?: string }[] = [];
  readonly deployments: { id: number; ref: string; environment: string; states: string[] }[] = [];
  readonly comments: StandInComment[] = [];
  /** The pull requests that brought a commit. */
  findPulls: (commit: string) => readonly object[] = () => [];
  /** Heads of pull requests. */
  readonly heads = new Map<number, string>();
  login: string | undefined = 'berth-bot';
  /** Answers in the place of the API; `undefined` lets a request through. */
  fault: (request: StandInRequest) => StandInAnswer | undefined = () => undefined;
  readonly #options: StandInOptions;
  readonly #basePath: string;
  readonly #server: Server;
  #nextId = 1;

  constructor(options: StandInOptions = {}) {
    const { basePath = '', certificate } = options;
    this.#options = options;
    this.#basePath = basePath;
    const create = (answer: RequestListener) =>
      certificate === undefined ? createServer(answer) : createTlsServer(certificate, answer);
    this.#server = create((request, response) => {
      if (options.serveGit !== undefined && request.url?.startsWith(basePath) !== true)
        return options.serveGit(request, response);
      void this.#read(request).then((read) => {
        const answer = read === undefined ? { status: 404, body: { message: 'Not Found' } } : this.#answer(read);
        response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
        response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
      });
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    const { certificate, host = '127.0.0.1' } = this.#options;
    return `${certificate === undefined ? 'http' : 'https'}://${host}:${this.port}${this.#basePath}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** What was asked for, as `POST /repos/…`. */
  calls(pattern: RegExp): readonly string[] {
    return this.requests.map(({ method, path }) => `${method} ${path}`).filter((call) => pattern.test(call));
  }

  async #read(request: IncomingMessage): Promise<StandInRequest | undefined> {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const read = {
      method: request.method ?? 'GET',
      path: url.pathname.slice(this.#basePath.length),
      query: url.searchParams,
      authorization: request.headers.authorization ?? '',
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
      atMs: performance.now(),
    };
    this.requests.push(read);
    return url.pathname.startsWith(this.#basePath) ? read : undefined;
  }

  #answer(request: StandInRequest): StandInAnswer {
    const fault = this.fault(request);
    if (fault !== undefined) return fault;
    const call = `${request.method} ${request.path}`;
    for (const [pattern, route] of this.#routes) {
      const match = pattern.exec(call);
      if (match !== null) return route(request, ...match.slice(1));
    }
    return { status: 404, body: { message: 'Not Found' } };
  }

  readonly #routes: readonly (readonly [RegExp, (request: StandInRequest, ...parts: string[]) => StandInAnswer])[] = [
    [/^GET \/user$/, () => this.#user()],
    [/^GET \/app$/, () => ({ status: 200, body: { slug: 'berth-app' } })],
    [/^GET \/repos\/[^/]+\/[^/]+\/installation$/, () => ({ status: 200, body: { id: 77 } })],
    [/^POST \/app\/installations\/(\d+)\/access_tokens$/, (_, id) => this.#installationToken(id)],
    [/^GET \/repos\/[^/]+\/[^/]+\/commits\/(\w+)\/statuses$/, (_, sha) => this.#listStatuses(sha)],
    [/^POST \/repos\/[^/]+\/[^/]+\/statuses\/(\w+)$/, ({ body }, sha) => this.#createStatus(sha, body)],
    [/^GET \/repos\/[^/]+\/[^/]+\/deployments$/, ({ query }) => this.#listDeployments(query)],
    [/^POST \/repos\/[^/]+\/[^/]+\/deployments$/, ({ body }) => this.#createDeployment(body)],
    [/^GET \/repos\/[^/]+\/[^/]+\/deployments\/(\d+)\/statuses$/, (_, id) => this.#listStates(id)],
    [/^POST \/repos\/[^/]+\/[^/]+\/deployments\/(\d+)\/statuses$/, ({ body }, id) => this.#createState(id, body)],
    [
      /^GET \/repos\/[^/]+\/[^/]+\/commits\/(\w+)\/pulls$/,
      (_, sha = '') => ({ status: 200, body: this.findPulls(sha) }),
    ],
    [/^GET \/repos\/[^/]+\/[^/]+\/pulls\/(\d+)$/, (_, number) => this.#readPull(Number(number))],
    [/^GET \/repos\/[^/]+\/[^/]+\/issues\/(\d+)\/comments$/, ({ query }) => this.#listComments(query)],
    [/^POST \/repos\/[^/]+\/[^/]+\/issues\/(\d+)\/comments$/, ({ body }) => this.#createComment(body)],
    [/^PATCH \/repos\/[^/]+\/[^/]+\/issues\/comments\/(\d+)$/, ({ body }, id) => this.#updateComment(id, body)],
  ];

  #user(): StandInAnswer {
    if (this.login === undefined) return { status: 403, body: { message: 'Resource not accessible by integration' } };
    return { status: 200, body: { login: this.login } };
  }

  #installationToken(id = ''): StandInAnswer {
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    return {
      status: 201,
      body: { token: `installation-${id}`, expires_at: expires, permissions: {}, repository_selection: 'all' },
    };
  }

  #listStatuses(sha = ''): StandInAnswer {
    return { status: 200, body: this.statuses.filter((status) => status.sha === sha).reverse() };
  }

  #createStatus(sha = '', body: Record<string, unknown>): StandInAnswer {
    const { state, context, description, target_url } = body as Record<string, string>;
    if ((description?.length ?? 0) > 140) return tooLong('description is too long (maximum is 140 characters)');
    const target = target_url === undefined ? {} : { target_url };
    this.statuses.push({ sha, state: state ?? '', context: context ?? '', description: description ?? '', ...target });
    return { status: 201, body: { id: this.#nextId++ } };
  }

  #listDeployments(query: URLSearchParams): StandInAnswer {
    const found = this.deployments.filter(
      ({ ref, environment }) => ref === query.get('sha') && environment === query.get('environment'),
    );
    return { status: 200, body: found.map(({ id }) => ({ id })) };
  }

  #createDeployment(body: Record<string, unknown>): StandInAnswer {
    const id = this.#nextId++;
    this.deployments.push({ id, ref: String(body['ref']), environment: String(body['environment']), states: [] });
    return { status: 201, body: { id } };
  }

  #listStates(id = ''): StandInAnswer {
    const found = this.deployments.find((one) => one.id === Number(id));
    return { status: 200, body: [...(found?.states ?? [])].reverse().map((state) => ({ state })) };
  }

  #createState(id = '', body: Record<string, unknown>): StandInAnswer {
    this.deployments.find((one) => one.id === Number(id))?.states.push(String(body['state']));
    return { status: 201, body: { id: this.#nextId++ } };
  }

  #readPull(number: number): StandInAnswer {
    return { status: 200, body: { number, head: { sha: this.heads.get(number) ?? '' } } };
  }

  #listComments(query: URLSearchParams): StandInAnswer {
    const size = Number(query.get('per_page') ?? 30);
    const start = (Number(query.get('page') ?? 1) - 1) * size;
    return { status: 200, body: this.comments.slice(start, start + size) };
  }

  #createComment(body: Record<string, unknown>): StandInAnswer {
    const text = String(body['body']);
    if (text.length > 65_536) return tooLong('body is too long (maximum is 65536 characters)');
    const comment = { id: this.#nextId++, user: { login: this.login ?? 'github-actions[bot]' }, body: text };
    this.comments.push(comment);
    return { status: 201, body: comment };
  }

  #updateComment(id = '', body: Record<string, unknown>): StandInAnswer {
    const comment = this.comments.find((one) => one.id === Number(id));
    if (comment === undefined) return { status: 404, body: { message: 'Not Found' } };
    comment.body = String(body['body']);
    return { status: 200, body: comment };
  }
}

function tooLong(message: string): StandInAnswer {
  return { status: 422, body: { message: 'Validation Failed', errors: [{ message }] } };
}
