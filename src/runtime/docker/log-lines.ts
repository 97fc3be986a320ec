import type { LogLine } from '../runtime.ts';
import type { OutputFrame } from './demultiplex.ts';

/** A longer line is handed out in pieces, so that output without line breaks does not fill the memory. */
const LINE_BYTES_MAX = 1024 * 1024;
const LINE_FEED = 0x0a;

interface OpenLine {
  timestamp: string;
  parts: Buffer[];
  sizeBytes: number;
}

/**
 * Puts the engine's log entries together to lines, for each stream by itself. The engine keeps a long line as several
 * entries without a line break and, when asked for timestamps, writes one before each of them: only the first is the
 * line's.
 */
export class LogLineAssembler {
  readonly #hasTimestamps: boolean;
  readonly #isTty: boolean;
  readonly #open = new Map<LogLine['stream'], OpenLine>();

  constructor(options: { readonly timestamps: boolean; readonly tty: boolean }) {
    this.#hasTimestamps = options.timestamps;
    this.#isTty = options.tty;
  }

  /** The lines that are whole with this frame. A frame of a terminal is any piece of its output. */
  push(frame: OutputFrame): readonly LogLine[] {
    const lines: LogLine[] = [];
    let rest = frame.bytes;
    let startsEntry = !this.#isTty;
    while (rest.length > 0) {
      const line = this.#open.get(frame.stream) ?? { timestamp: '', parts: [], sizeBytes: 0 };
      const end = rest.indexOf(LINE_FEED);
      let piece = end === -1 ? rest : rest.subarray(0, end);
      rest = end === -1 ? rest.subarray(rest.length) : rest.subarray(end + 1);
      if (this.#hasTimestamps && startsEntry) {
        const { timestamp, text } = splitTimestamp(piece);
        piece = text;
        line.timestamp ||= timestamp;
      }
      line.parts.push(piece);
      line.sizeBytes += piece.length;
      this.#open.set(frame.stream, line);
      if (end !== -1 || line.sizeBytes >= LINE_BYTES_MAX) lines.push(this.#close(frame.stream, line));
      startsEntry = !this.#isTty && end !== -1;
    }
    return lines;
  }

  /** The lines without a line break at the end of the log. */
  flush(): readonly LogLine[] {
    return [...this.#open].map(([stream, line]) => this.#close(stream, line));
  }

  #close(stream: LogLine['stream'], line: OpenLine): LogLine {
    this.#open.delete(stream);
    let bytes = line.parts.length === 1 && line.parts[0] !== undefined ? line.parts[0] : Buffer.concat(line.parts);
    if (!this.#isTty) return { stream, timestamp: line.timestamp, text: bytes.toString('utf8') };
    // A terminal's output is one stream of bytes: its entries are not marked, so each whole line starts with its
    // timestamp.
    let timestamp = '';
    if (this.#hasTimestamps) {
      const split = splitTimestamp(bytes);
      timestamp = split.timestamp;
      bytes = split.text;
    }
    return { stream, timestamp, text: bytes.toString('utf8').replace(/\r$/, '') };
  }
}

function splitTimestamp(bytes: Buffer): { readonly timestamp: string; readonly text: Buffer } {
  const space = bytes.indexOf(0x20);
  const head = bytes.subarray(0, Math.max(0, space)).toString('latin1');
  if (!/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(head)) return { timestamp: '', text: bytes };
  return { timestamp: head, text: bytes.subarray(space + 1) };
}
