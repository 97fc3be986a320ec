import type { ProcessStreams } from '../../../lib/byte-streams.ts';
import { isJsonObject } from '../../../lib/json.ts';

/** The streams of a process on their way to a client, whatever they travel by. */
export interface CommandChannels {
  /** Drops what nobody asked for. A client that does not keep up is hung up on. */
  send(stream: 'stdout' | 'stderr', chunk: Uint8Array): void;
  /** Says where what arrives goes to; what has arrived before waits for it. */
  attach(process: ProcessStreams): void;
  /** Tells how it ended, as a `Status`, and hangs up. */
  end(status: object): void;
}

type StdinEvent = { readonly type: 'stdin'; readonly bytes: Buffer } | { readonly type: 'endOfStdin' };
type InputEvent = StdinEvent | { readonly type: 'resize'; readonly bytes: Buffer };

/** What arrives from a client, on its way to a process that may not have begun yet, one after the other. */
export class CommandInput {
  readonly #attached: Promise<ProcessStreams | undefined>;
  #attach: (process: ProcessStreams | undefined) => void = () => {};
  #process: ProcessStreams | undefined;
  #last: Promise<void> = Promise.resolve();
  /** The newest size that the terminal has not been given yet. */
  #size: Buffer | undefined;
  #isResizing = false;
  #isOver = false;

  constructor() {
    this.#attached = new Promise((resolve) => {
      this.#attach = resolve;
    });
  }

  attach(process: ProcessStreams): void {
    if (this.#isOver) return process.close();
    this.#process = process;
    this.#attach(process);
  }

  /**
   * Resolves once the process has room for more: until then whoever reads from the client waits, so that nothing is
   * kept.
   */
  push(event: InputEvent): Promise<void> {
    if (event.type === 'resize') return this.#resize(event.bytes);
    this.#last = this.#last.then(async () => {
      const process = await this.#attached;
      if (process !== undefined && !this.#isOver) await deliver(process, event);
    });
    return this.#last;
  }

  /**
   * Of sizes only the newest counts: what comes while one is being set takes the place of what came before it, and
   * holds up no input.
   */
  async #resize(bytes: Buffer): Promise<void> {
    this.#size = bytes;
    if (this.#isResizing) return;
    this.#isResizing = true;
    void this.#setSizes();
  }

  async #setSizes(): Promise<void> {
    const process = await this.#attached;
    while (process !== undefined && this.#size !== undefined && !this.#isOver) {
      const size = this.#size;
      this.#size = undefined;
      await resize(process, size);
    }
    this.#isResizing = false;
  }

  /**
   * The client is gone, or nothing that it sends is wanted any more: lets go of the process, and of whoever waits for
   * it.
   */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#attach(undefined);
    this.#process?.close();
  }
}

async function deliver(process: ProcessStreams, event: StdinEvent): Promise<void> {
  if (event.type === 'stdin') return process.writeStdin(event.bytes);
  process.endStdin();
}

/** `{"Width":80,"Height":24}`. A size that cannot be set or read is not worth ending the session for. */
async function resize(process: ProcessStreams, payload: Buffer): Promise<void> {
  try {
    const size: unknown = JSON.parse(payload.toString('utf8'));
    if (!isJsonObject(size)) return;
    const { Width, Height } = size;
    if (typeof Width === 'number' && typeof Height === 'number') await process.resize({ columns: Width, rows: Height });
  } catch {
    return;
  }
}
