export interface TarEntry {
  /** At most 100 bytes. */
  readonly name: string;
  readonly mode: number;
  readonly content: Buffer;
}

const BLOCK_BYTES = 512;

/** A `ustar` archive of plain files of root from 1970: the same entries give the same bytes. */
export function buildTar(entries: readonly TarEntry[]): Buffer {
  const parts: Buffer[] = [];
  for (const entry of entries) {
    parts.push(buildHeader(entry), entry.content);
    parts.push(Buffer.alloc((BLOCK_BYTES - (entry.content.length % BLOCK_BYTES)) % BLOCK_BYTES));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK_BYTES)]);
}

function buildHeader(entry: TarEntry): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  header.write(entry.name, 0, 100);
  header.write(octal(entry.mode, 7), 100);
  header.write(octal(0, 7), 108); // owner
  header.write(octal(0, 7), 116); // group
  header.write(octal(entry.content.length, 11), 124);
  header.write(octal(0, 11), 136); // time
  header.write('        ', 148); // the checksum counts its own field as spaces
  header.write('0', 156); // a plain file
  header.write('ustar\0', 257, 'latin1');
  header.write('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)} `, 148, 'latin1');
  return header;
}

/** Digits and a closing NUL. */
function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}\0`;
}
