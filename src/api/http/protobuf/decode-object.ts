import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts';
import { LIMITS } from '../../../lib/limits.ts';
import { ApiError } from '../../api-error.ts';
import { badRequest } from '../../failures.ts';
import { KIND_MESSAGES, MESSAGES } from './generated/message-table.ts';
import { readWireFields, type WireField } from './wire-reader.ts';

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
/** "k8s\0": the four bytes that a body begins with (k8s.io/apimachinery, serializer/protobuf). */
const MAGIC = [0x6b, 0x38, 0x73, 0x00];

/**
 * A line of the table is `number name type` of each field. Types: `s` text, `i` whole number, `b` flag, `y` bytes
 * (base64 in JSON), `t` time, `u` time with microseconds, `@Message` another message, `[]` behind a type a list, `{}` a
 * map from texts, `-` a field that is not taken from clients. A field called `.` stands in JSON among those of its
 * parent. Go writes every field that is no pointer, also an empty one, which JSON leaves out; `?` marks pointers, whose
 * empty values mean something.
 */
interface FieldRule {
  readonly name: string;
  /** Without what marks lists, maps and pointers. */
  readonly type: string;
  readonly isList: boolean;
  readonly isMap: boolean;
  readonly isPointer: boolean;
}

/**
 * Reads a body as kubectl 1.32 and later send it where they make an object themselves (`kubectl autoscale`,
 * `create configmap`): a `runtime.Unknown` with the object inside. A kind or field that is not in the table is refused,
 * and never left out.
 */
export function decodeObject(body: Uint8Array): JsonObject {
  if (MAGIC.some((byte, index) => body[index] !== byte)) throw badRequest('the request body is no protobuf object');
  const envelope = readWireFields(body.subarray(MAGIC.length));
  const type = readWireFields(bytesOf(envelope, 1));
  const apiVersion = textOf(bytesOf(type, 1));
  const kind = textOf(bytesOf(type, 2));
  const encoding = textOf(bytesOf(envelope, 3));
  const message = Object.hasOwn(KIND_MESSAGES, `${apiVersion}/${kind}`)
    ? KIND_MESSAGES[`${apiVersion}/${kind}`]
    : undefined;
  if (encoding !== '' || message === undefined) {
    throw new ApiError('UnsupportedMediaType', `${apiVersion} ${kind} is not read from ${PROTOBUF}; send it as JSON`);
  }
  return { apiVersion, kind, ...decodeMessage(bytesOf(envelope, 2), message, 0) };
}

/** Takes time in proportion to the bytes: what belongs to one list or map is collected, and put together once. */
function decodeMessage(bytes: Uint8Array, message: string, depth: number): JsonObject {
  if (depth > LIMITS.manifestDepth) throw badRequest('the request body is nested too deeply (manifestDepth)');
  const rules = rulesOf(message);
  const single = new Map<string, JsonValue>();
  const lists = new Map<string, JsonValue[]>();
  const maps = new Map<string, Map<string, JsonValue>>();
  for (const field of readWireFields(bytes)) {
    const rule = rules.get(field.number);
    if (rule === undefined) {
      const what = `field ${field.number} of ${message}`;
      throw new ApiError('UnsupportedMediaType', `${what} is not read from ${PROTOBUF}; send the object as JSON`);
    }
    if (rule.isMap) {
      const [key, value] = decodeEntry(field, rule, depth);
      madeFor(maps, rule.name, () => new Map<string, JsonValue>()).set(key, value);
      continue;
    }
    const value = decodeValue(field, rule.type, depth);
    if (value === undefined) continue;
    if (rule.name === '.') {
      if (isJsonObject(value)) for (const [name, inner] of Object.entries(value)) single.set(name, inner);
    } else if (rule.isList) madeFor(lists, rule.name, () => []).push(value);
    else if (rule.isPointer || !isEmpty(value)) single.set(rule.name, value);
  }
  const mapped = [...maps].map(([name, entries]) => [name, Object.fromEntries(entries)] as const);
  return Object.fromEntries([...single, ...lists, ...mapped]);
}

function madeFor<T>(map: Map<string, T>, key: string, make: () => T): T {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

/** A map is a list of messages with a key and a value. */
function decodeEntry({ value }: WireField, { type }: FieldRule, depth: number): readonly [string, JsonValue] {
  const entry = readWireFields(asBytes(value));
  return [textOf(bytesOf(entry, 1)), decodeValue({ number: 2, value: bytesOf(entry, 2) }, type, depth + 1) ?? ''];
}

function decodeValue({ value }: WireField, type: string, depth: number): JsonValue | undefined {
  switch (type) {
    case 's':
      return textOf(asBytes(value));
    case 'y':
      return Buffer.from(asBytes(value)).toString('base64');
    case 'i':
      return Number(BigInt.asIntN(64, asNumber(value)));
    case 'b':
      return asNumber(value) !== 0n;
    case 't':
      return timeOf(asBytes(value));
    case 'u':
      return microTimeOf(asBytes(value));
    case '@Quantity':
      return textOf(bytesOf(readWireFields(asBytes(value)), 1));
    case '@IntOrString':
      return intOrStringOf(readWireFields(asBytes(value)));
    case '@Items':
      return readWireFields(asBytes(value)).map((item) => textOf(asBytes(item.value)));
    case '@Json':
      return parseJson(textOf(bytesOf(readWireFields(asBytes(value)), 1)));
    case '-':
      return undefined;
    default:
      return decodeMessage(asBytes(value), type.slice(1), depth + 1);
  }
}

/** `IntOrString`: the kind of value (1 is a text), the number, the text. */
function intOrStringOf(fields: readonly WireField[]): JsonValue {
  const numberAt = (number: number) => asNumber(fields.findLast((field) => field.number === number)?.value ?? 0n);
  return numberAt(1) === 1n ? textOf(bytesOf(fields, 3)) : Number(BigInt.asIntN(64, numberAt(2)));
}

function parseJson(text: string): JsonValue | undefined {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw badRequest(`a value inside the request body is no JSON: ${(error as Error).message}`);
  }
}

/** `Time`: seconds since 1970; without any it is the zero time, which JSON leaves out. */
function timeOf(bytes: Uint8Array): string | undefined {
  const seconds = readWireFields(bytes).find(({ number }) => number === 1)?.value;
  if (seconds === undefined) return undefined;
  const timeMs = Number(BigInt.asIntN(64, asNumber(seconds))) * 1000;
  if (Math.abs(timeMs) > 8.64e15) throw badRequest('the request body holds a time that is none');
  return new Date(timeMs).toISOString().replace('.000Z', 'Z');
}

/** `MicroTime`: the same with nanoseconds, of which JSON shows the microseconds. */
function microTimeOf(bytes: Uint8Array): string | undefined {
  const nanoseconds = readWireFields(bytes).findLast(({ number }) => number === 2)?.value ?? 0n;
  const micros = BigInt.asIntN(32, asNumber(nanoseconds)) / 1000n;
  if (micros < 0n || micros >= 1_000_000n) throw badRequest('the request body holds a time that is none');
  return timeOf(bytes)?.replace('Z', `.${String(micros).padStart(6, '0')}Z`);
}

function isEmpty(value: JsonValue): boolean {
  return value === '' || value === 0 || value === false;
}

const RULES = new Map<string, ReadonlyMap<number, FieldRule>>();

function rulesOf(message: string): ReadonlyMap<number, FieldRule> {
  const known = RULES.get(message);
  if (known !== undefined) return known;
  const line = MESSAGES[message];
  if (line === undefined) throw new TypeError(`the table of messages lacks ${message}`);
  const rules = new Map(
    line.split(';').map((field) => {
      const [number = '', name = '', type = ''] = field.split(' ');
      const bare = type.replace(/(\[\]|\{\}|\?)$/, '');
      const ends = (mark: string) => type.endsWith(mark);
      return [Number(number), { name, type: bare, isList: ends('[]'), isMap: ends('{}'), isPointer: ends('?') }];
    }),
  );
  RULES.set(message, rules);
  return rules;
}

function bytesOf(fields: readonly WireField[], number: number): Uint8Array {
  return asBytes(fields.findLast((field) => field.number === number)?.value ?? new Uint8Array());
}

function asBytes(value: bigint | Uint8Array): Uint8Array {
  if (typeof value === 'bigint') throw badRequest('the request body is no protobuf message of its kind');
  return value;
}

function asNumber(value: bigint | Uint8Array): bigint {
  if (typeof value !== 'bigint') throw badRequest('the request body is no protobuf message of its kind');
  return value;
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

function textOf(bytes: Uint8Array): string {
  try {
    return UTF_8.decode(bytes);
  } catch {
    throw badRequest('the request body holds a text that is not UTF-8');
  }
}
