import { Agent, request } from 'node:http';

export const DOCKER_SOCKET = '/var/run/docker.sock';
export const BENCH_IMAGE = 'busybox:1.36';

/** The Docker API with nothing around it. */
export class DockerCalls {
  readonly #agent = new Agent({ keepAlive: true });

  /** The decoded answer; rejects for a status of 400 and above. */
  call(method: string, path: string, body?: unknown): Promise<unknown> {
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const headers = bytes === undefined ? {} : { 'content-type': 'application/json', 'content-length': bytes.length };
      const call = request({ socketPath: DOCKER_SOCKET, agent: this.#agent, method, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if ((response.statusCode ?? 500) >= 400)
            reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
          else resolve(text === '' ? undefined : JSON.parse(text));
        });
      });
      call.on('error', reject);
      call.end(bytes);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** The engine, or why it cannot be used: no socket, no rights, or no image. */
export async function findDocker(): Promise<DockerCalls | undefined> {
  const docker = new DockerCalls();
  try {
    await docker.call('GET', `/images/${BENCH_IMAGE}/json`);
    return docker;
  } catch {
    docker.close();
    return undefined;
  }
}
