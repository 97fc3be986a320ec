import { isJsonObject } from '../../../lib/json.ts';
import type { ProcessStreams } from '../../pod-streams.ts';

/** The streams of a process on their way to a client, whatever they travel by. */
export interface CommandChannels {
  /** Drops what nobody asked for. A client that does not keep up is hung up on. */
  send(stream: 'stdout' | 'stderr', chunk: Uint8Array): void;
  /** Says where what arrives goes to; what has arrived before waits for it. */
  attach(process: ProcessStreams): void;
  /** Tells how it ended, as a `Status`, and hangs up. */
  end(status: object): void;
  terminate(): void;
}

type InputEvent =
  | { readonly type: 'stdin' | 'resize'; readonly bytes: Buffer }
  | { readonly type: 'endOfStdin' | 'gone' };

const MAX_EARLY_EVENTS = 1_000;

/** What arrives from a client, on its way to a process that may not have begun yet. */
export class CommandInput {
  readonly #waiting: InputEvent[] = [];
  readonly #onOverflow: () => void;
  #process: ProcessStreams | undefined;

  /** `onOverflow`: more came than waits for a process. */
  constructor(onOverflow: () => void) {
    this.#onOverflow = onOverflow;
  }

  attach(process: ProcessStreams): void {
    this.#process = process;
    for (const event of this.#waiting.splice(0)) deliver(process, event);
  }

  push(event: InputEvent): void {
    if (this.#process !== undefined) return deliver(this.#process, event);
    this.#waiting.push(event);
    if (this.#waiting.length > MAX_EARLY_EVENTS) this.#onOverflow();
  }
}

function deliver(process: ProcessStreams, event: InputEvent): void {
  switch (event.type) {
    case 'stdin':
      return process.writeStdin(event.bytes);
    case 'resize':
      return resize(process, event.bytes);
    case 'endOfStdin':
      return process.endStdin();
    case 'gone':
      return process.close();
  }
}

/** `{"Width":80,"Height":24}`. A size that cannot be set or read is not worth ending the session for. */
function resize(process: ProcessStreams, payload: Buffer): void {
  try {
    const size: unknown = JSON.parse(payload.toString('utf8'));
    if (!isJsonObject(size)) return;
    const { Width, Height } = size;
    if (typeof Width === 'number' && typeof Height === 'number') {
      process.resize({ columns: Width, rows: Height }).catch(() => {});
    }
  } catch {
    return;
  }
}
