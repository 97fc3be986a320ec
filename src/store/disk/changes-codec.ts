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

/** A frame with these changes as its payload and its header still empty. Throws for a value that is no JSON. */
export function encodeChanges(changes: readonly (StoreEvent | Entry)[], stringify: Stringify = JSON.stringify): Buffer {
  const parts = changes.map((change) => toPart(change, stringify));
  let sizeBytes = FRAME_HEADER_BYTES;
  for (const part of parts) sizeBytes += part.sizeBytes;
  const frame = Buffer.allocUnsafe(sizeBytes);
  let offset = FRAME_HEADER_BYTES;
  for (const part of parts) offset = writePart(frame, offset, part);
  return frame;
}

interface Part {
  readonly key: string;
  readonly keyBytes: number;
  readonly put: { readonly entry: Entry; readonly json: string; readonly jsonBytes: number } | undefined;
  readonly sizeBytes: number;
}

function toPart(change: StoreEvent | Entry, stringify: Stringify): Part {
  if ('type' in change && change.type === 'delete') {
    const keyBytes = Buffer.byteLength(change.key);
    return { key: change.key, keyBytes, put: undefined, sizeBytes: DELETE_BYTES + keyBytes };
  }
  const entry = 'type' in change ? change.entry : change;
  const keyBytes = Buffer.byteLength(entry.key);
  const json = stringify(entry.value);
  const jsonBytes = Buffer.byteLength(json);
  return { key: entry.key, keyBytes, put: { entry, json, jsonBytes }, sizeBytes: PUT_BYTES + keyBytes + jsonBytes };
}

function writePart(frame: Buffer, start: number, { key, keyBytes, put }: Part): number {
  let offset = frame.writeUInt8(put === undefined ? OP_DELETE : OP_PUT, start);
  offset = frame.writeUInt32LE(keyBytes, offset);
  offset += frame.write(key, offset);
  if (put === undefined) return offset;
  offset = writeRevision(frame, offset, put.entry.createRevision);
  offset = writeRevision(frame, offset, put.entry.modRevision);
  offset = frame.writeUInt32LE(put.jsonBytes, offset);
  return offset + frame.write(put.json, offset);
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
