import type { Writable } from 'node:stream';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/**
 * A stream to a person: whether it is a terminal, how wide it is, and colours where they are wanted (`NO_COLOR`,
 * `CLICOLOR_FORCE`).
 */
export interface Terminal {
  readonly isTty: boolean;
  readonly columns: number;
  write(text: string): void;
  style(style: Style, text: string): string;
}

interface TtyLike {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export function createTerminal(stream: Writable & TtyLike, environment: NodeJS.ProcessEnv = process.env): Terminal {
  const isTty = stream.isTTY === true;
  const isForced = isSet(environment['CLICOLOR_FORCE']);
  const hasColor = !isSet(environment['NO_COLOR']) && (isForced || (isTty && environment['TERM'] !== 'dumb'));
  return {
    isTty,
    get columns() {
      // A terminal that was never told its size, as those of `script` and `docker exec`, says 0.
      return stream.columns || 100;
    },
    write: (text) => void stream.write(text),
    style: (style, text) => (hasColor ? `\u001b[${CODES[style][0]}m${text}\u001b[${CODES[style][1]}m` : text),
  };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0';
}
