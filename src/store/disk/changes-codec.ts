import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import type { Entry, Revision, StoreEvent } from '../store.ts';
import { FRAME_HEADER_BYTES, readRevision, writeRevision } from './frame.ts';

/**
 * A change in a payload: op (u8), key length (u32), key; for a put also create revision (u64), mod revision (u64),
 * value length (u32), value as JSON. The value is not parsed until it is known to be the newest of its key.
 */
export interface RawChange {
  readonly key: string;
  /** `undefined`: the key was deleted. */
  readonly put: RawPut | undefined;
}

export interface RawPut {
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  readonly value: Buffer;
}

const OP_PUT = 1;
const OP_DELETE = 2;
const PUT_BYTES = 1 + 4 + 8 + 8 + 4;
const DELETE_BYTES = 1 + 4;

/** Makes JSON of a value; whatever it does to be fast, parsing the text must give an equal value. */
export type Stringify = (value: JsonObject) => string;

/** Memory that grows: `reserve` gives it with room for `bytes` behind the `used` ones, which it keeps. */
export interface GrowingMemory {
  reserve(used: number, bytes: number): Buffer;
}

/** A frame with these changes as its payload and its header still empty. Throws for a value that is no JSON. */
export function encodeChanges(changes: readonly (StoreEvent | Entry)[]): Buffer {
  let bytes = Buffer.alloc(0);
  const reserve = (used: number, more: number) => {
    if (used + more <= bytes.length) return bytes;
    const grown = Buffer.allocUnsafeSlow(Math.max(used + more, bytes.length * 2));
    bytes.copy(grown, 0, 0, used);
    bytes = grown;
    return grown;
  };
  reserve(0, FRAME_HEADER_BYTES);
  const end = writeChanges({ reserve }, FRAME_HEADER_BYTES, changes);
  return bytes.subarray(0, end);
}

/** Writes a payload from `start` on, and returns the offset behind it. Throws for a value that is no JSON. */
export function writeChanges(
  memory: GrowingMemory,
  start: number,
  changes: readonly (StoreEvent | Entry)[],
  stringify: Stringify = JSON.stringify,
): number {
  let offset = start;
  for (const change of changes) {
    if ('type' in change && change.type === 'delete') offset = writeDeletion(memory, offset, change.key);
    else offset = writePut(memory, offset, 'type' in change ? change.entry : change, stringify);
  }
  return offset;
}

function writeDeletion(memory: GrowingMemory, start: number, key: string): number {
  const bytes = memory.reserve(start, DELETE_BYTES + Buffer.byteLength(key));
  return writeText(bytes, bytes.writeUInt8(OP_DELETE, start), key);
}

function writePut(memory: GrowingMemory, start: number, entry: Entry, stringify: Stringify): number {
  const json = stringify(entry.value);
  const bytes = memory.reserve(start, PUT_BYTES + Buffer.byteLength(entry.key) + Buffer.byteLength(json));
  let offset = writeText(bytes, bytes.writeUInt8(OP_PUT, start), entry.key);
  offset = writeRevision(bytes, offset, entry.createRevision);
  offset = writeRevision(bytes, offset, entry.modRevision);
  return writeText(bytes, offset, json);
}

/** The length of the text in bytes (u32), and the text. */
function writeText(bytes: Buffer, start: number, text: string): number {
  const written = bytes.write(text, start + 4);
  bytes.writeUInt32LE(written, start);
  return start + 4 + written;
}

/** Throws a `RangeError` when the payload is not what `encodeChanges` writes. */
export function decodeChanges(payload: Buffer): RawChange[] {
  const changes: RawChange[] = [];
  for (let offset = 0; offset < payload.length; ) {
    const op = payload.readUInt8(offset);
    if (op !== OP_PUT && op !== OP_DELETE) throw new RangeError(`there is no operation ${op}`);
    const key = take(payload, offset + 5, payload.readUInt32LE(offset + 1));
    offset += 5 + key.length;
    if (op === OP_DELETE) {
      changes.push({ key: key.toString(), put: undefined });
      continue;
    }
    const createRevision = readRevision(payload, offset);
    const modRevision = readRevision(payload, offset + 8);
    const value = take(payload, offset + 20, payload.readUInt32LE(offset + 16));
    offset += 20 + value.length;
    changes.push({ key: key.toString(), put: { createRevision, modRevision, value } });
  }
  return changes;
}

/** Throws a `SyntaxError` when the value is no JSON object. */
export function parseEntry(key: string, { createRevision, modRevision, value }: RawPut): Entry {
  const parsed: unknown = JSON.parse(value.toString());
  if (!isJsonObject(parsed)) throw new SyntaxError('the value is no JSON object');
  return { key, value: parsed, createRevision, modRevision };
}

function take(bytes: Buffer, start: number, length: number): Buffer {
  if (start + length > bytes.length) throw new RangeError('a change is longer than its record');
  return bytes.subarray(start, start + length);
}
