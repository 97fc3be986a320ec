import { LIMITS } from '../../lib/limits.ts';
import type { FileDiagnostic } from '../diagnostic.ts';

export type DecodedText =
  | { readonly text: string; readonly problem?: undefined }
  | { readonly text?: undefined; readonly problem: FileDiagnostic };

const utf8 = new TextDecoder('utf-8', { fatal: true });
const lenientUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const REPLACEMENT = '\ufffd';

/**
 * Bytes of a file as text, without a byte order mark; or why they are no manifest. Costs a few microseconds for a small
 * file.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  if (bytes.length > LIMITS.manifestFileBytes) return { problem: fileTooLarge(bytes.length) };
  const otherEncoding = encodingOf(bytes);
  if (otherEncoding !== undefined) {
    return {
      problem: fileError('ManifestEncoding', `the file is ${otherEncoding}, not UTF-8`, 'save the file as UTF-8'),
    };
  }
  const nul = bytes.indexOf(0);
  if (nul !== -1) {
    return {
      problem: fileError(
        'ManifestBinary',
        `the file is not text: it has a NUL byte at offset ${nul}`,
        'remove the file or list it in .sourceignore',
      ),
    };
  }
  try {
    return { text: utf8.decode(bytes) };
  } catch {
    return { problem: invalidUtf8(bytes) };
  }
}

/** What to say of a file whose bytes were not even read because of their number. */
export function fileTooLarge(sizeBytes?: number): FileDiagnostic {
  const size = sizeBytes === undefined ? 'more' : `${(sizeBytes / 1024 / 1024).toFixed(1)} MiB`;
  return fileError(
    'LimitExceeded',
    `the file has ${size}; the limit for one manifest is ${LIMITS.manifestFileBytes / 1024 / 1024} MiB (manifestFileBytes)`,
    'split the file, or list it in .sourceignore when it is no manifest',
  );
}

function fileError(code: FileDiagnostic['code'], message: string, help: string): FileDiagnostic {
  return { code, severity: 'error', message, help };
}

/** The byte order mark of an encoding that is not UTF-8 (Unicode 15, section 23.8). */
function encodingOf(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'UTF-32 (little-endian)' : 'UTF-16 (little-endian)';
  if (a === 0xfe && b === 0xff) return 'UTF-16 (big-endian)';
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return 'UTF-32 (big-endian)';
  return undefined;
}

function invalidUtf8(bytes: Uint8Array): FileDiagnostic {
  const offset = firstInvalidByte(bytes);
  let line = 1;
  for (let i = 0; i < offset; i++) if (bytes[i] === 10) line++;
  const byte = (bytes[offset] ?? 0).toString(16).padStart(2, '0');
  return {
    ...fileError('ManifestEncoding', `the byte 0x${byte} at offset ${offset} is not UTF-8`, 'save the file as UTF-8'),
    line,
    column: 1,
    endColumn: 2,
  };
}

/** The decoder puts U+FFFD where bytes are wrong; one that the text itself has is passed over. */
function firstInvalidByte(bytes: Uint8Array): number {
  const text = lenientUtf8.decode(bytes);
  const encoder = new TextEncoder();
  let offset = 0;
  let from = 0;
  for (let at = text.indexOf(REPLACEMENT); at !== -1; at = text.indexOf(REPLACEMENT, from)) {
    offset += encoder.encode(text.slice(from, at)).length;
    const isWritten = bytes[offset] === 0xef && bytes[offset + 1] === 0xbf && bytes[offset + 2] === 0xbd;
    if (!isWritten) return offset;
    offset += 3;
    from = at + 1;
  }
  return offset;
}
