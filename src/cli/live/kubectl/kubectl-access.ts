import { ApiError } from '../../../api/api-error.ts';
import type { TokenDoor, TokenDoorOptions } from '../../../api/http/index.ts';
import { removeWholeFile } from '../../../host/linux/write-whole-file.ts';
import type { Clock } from '../../../lib/clock.ts';
import { messageOf } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/logger.ts';
import { type Access, readAccessFile, writeAccessFile } from './access-file.ts';
import type { Grant } from './grant.ts';
import { type Credentials, newCredentials } from './new-credentials.ts';

export interface KubectlAccessOptions {
  readonly listen: (options: TokenDoorOptions) => Promise<TokenDoor>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the port that stays is written down. */
  readonly file: string;
  /** Name of the box. */
  readonly cluster: string;
}

/** Kubernetes' own port, and those that follow for the other boxes of a machine. */
const FIRST_PORT = 6443;
const PORTS = 20;

/**
 * The ports by which Kubernetes' clients reach the API: they take no unix socket. Nothing listens until somebody who
 * may open the socket asks: either for one run of kubectl, which has a port and a token of its own, or for a
 * kubeconfig, whose port and token stay, over restarts, too, until they are revoked.
 */
export class KubectlAccess {
  readonly #options: KubectlAccessOptions;
  /** The port that stays, while it is open, and what lets one in. */
  #open: { readonly door: TokenDoor; readonly credentials: Credentials } | undefined;
  /** The last change of the port that stays; each waits for the one before. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: KubectlAccessOptions) {
    this.#options = options;
  }

  /**
   * Opens the port that was opened before this process started. One that cannot be opened is logged: nothing else
   * depends on it.
   */
  reopen(): Promise<void> {
    return this.#inTurn(async () => {
      const { file, logger } = this.#options;
      const access = readAccessFile(file);
      if (access === undefined) return;
      const { port } = access;
      await this.#listen(access, port).catch((error: unknown) => {
        const what = 'the port for kubectl cannot be opened; `berth kubeconfig` tries again';
        logger.warn(what, { port, cause: messageOf(error) });
      });
    });
  }

  /** Opens a port until `signal` aborts. */
  async openSession(signal: AbortSignal): Promise<Grant> {
    const { listen, clock } = this.#options;
    const credentials = await newCredentials(clock.wallMs());
    const door = await listen({ ...credentials, port: 0 });
    if (signal.aborted) await door.close();
    else signal.addEventListener('abort', () => void door.close(), { once: true });
    return this.#grantOf(credentials, door.port);
  }

  /**
   * Opens the port that stays, if it is not open. `port` is wanted; without one it is the port of before, else a usual
   * one that is free.
   */
  grant(port: number | undefined): Promise<Grant> {
    return this.#inTurn(async () => {
      const { file, clock } = this.#options;
      const before = readAccessFile(file);
      const present = this.#open;
      // An open port knows its own credentials, whatever has become of the file.
      const credentials = present?.credentials ?? before ?? (await newCredentials(clock.wallMs()));
      let door = present?.door;
      if (door === undefined || (port !== undefined && port !== door.port)) {
        door = await this.#listenOnOneOf(credentials, portsToTry(port, before));
        await present?.door.close();
      }
      if (door.port !== before?.port || credentials.token !== before.token)
        writeAccessFile(file, { ...credentials, port: door.port });
      return this.#grantOf(credentials, door.port);
    });
  }

  /** Closes the port that stays; its token is worth nothing any more. `false` when there was none. */
  revoke(): Promise<boolean> {
    return this.#inTurn(async () => {
      const { file } = this.#options;
      const wasThere = this.#open !== undefined || readAccessFile(file) !== undefined;
      removeWholeFile(file);
      await this.#open?.door.close();
      this.#open = undefined;
      return wasThere;
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  async #listenOnOneOf(credentials: Credentials, ports: readonly number[]): Promise<TokenDoor> {
    let failure: unknown;
    for (const port of ports) {
      try {
        return await this.#listen(credentials, port);
      } catch (error) {
        failure = error;
      }
    }
    const which = ports.length === 1 ? `port ${ports[0]}` : `a port from ${ports[0]} on`;
    throw new ApiError('Conflict', `${which} cannot be opened: ${messageOf(failure)}; name another one with --port`);
  }

  async #listen(credentials: Credentials, port: number): Promise<TokenDoor> {
    const door = await this.#options.listen({ ...credentials, port });
    this.#open = { door, credentials };
    return door;
  }

  #grantOf({ authority, token }: Credentials, port: number): Grant {
    return { cluster: this.#options.cluster, port, authority, token };
  }
}

/** A kubeconfig that was given out names its port, so that another one is taken only when somebody says so. */
function portsToTry(wanted: number | undefined, before: Access | undefined): readonly number[] {
  const only = wanted ?? before?.port;
  if (only !== undefined) return [only];
  return Array.from({ length: PORTS }, (_, index) => FIRST_PORT + index);
}
