import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Demultiplexer, type OutputFrame } from './demultiplex.ts';
import { LogLineAssembler } from './log-lines.ts';

const T1 = '2026-01-02T03:04:05.000000001Z';
const T2 = '2026-01-02T03:04:06.000000002Z';

function out(text: string): OutputFrame {
  return { stream: 'stdout', bytes: Buffer.from(text) };
}

function assemble(options: { timestamps: boolean; tty: boolean }, frames: readonly OutputFrame[]) {
  const assembler = new LogLineAssembler(options);
  const lines = frames.flatMap((frame) => [...assembler.push(frame)]);
  return [...lines, ...assembler.flush()].map((line) => `${line.stream}|${line.timestamp}|${line.text}`);
}

describe('lines are put together', () => {
  const plain = { timestamps: false, tty: false };
  const timed = { timestamps: true, tty: false };
  it.each([
    ['one entry each', plain, [out('a\n'), out('b\n')], ['stdout||a', 'stdout||b']],
    ['from the pieces of a long line', plain, [out('aa'), out('bb\n')], ['stdout||aabb']],
    ['with the first of its times', timed, [out(`${T1} aa`), out(`${T2} bb\n`)], [`stdout|${T1}|aabb`]],
    ['without a line break at the end', plain, [out('a\n'), out('b')], ['stdout||a', 'stdout||b']],
    ['when they are empty', timed, [out(`${T1} \n`), out(`${T2} x\n`)], [`stdout|${T1}|`, `stdout|${T2}|x`]],
    ['and keep what only looks like a time', plain, [out(`${T1} x\n`)], [`stdout||${T1} x`]],
    [
      'for each stream by itself',
      plain,
      [out('a'), { stream: 'stderr' as const, bytes: Buffer.from('e\n') }, out('b\n')],
      ['stderr||e', 'stdout||ab'],
    ],
    ['of a terminal', { timestamps: false, tty: true }, [out('a\r\nb'), out('c\r\n')], ['stdout||a', 'stdout||bc']],
    [
      'of a terminal with times cut anywhere',
      { timestamps: true, tty: true },
      [out(`${T1.slice(0, 9)}`), out(`${T1.slice(9)} a\r\n${T2} b\r\n`)],
      [`stdout|${T1}|a`, `stdout|${T2}|b`],
    ],
  ])('%s', (_title, options, frames, expected) => {
    expect(assemble(options, frames)).toEqual(expected);
  });

  it('in pieces of a megabyte when they never end', () => {
    const frames = Array.from({ length: 200 }, () => out('x'.repeat(16_384)));
    const lines = assemble(plain, frames);
    expect(lines).toHaveLength(4);
    expect(lines.map((line) => line.length).reduce((sum, length) => sum + length)).toBe(200 * 16_384 + 4 * 8);
  });
});

it('takes frames apart however their bytes are cut', () => {
  const frame = fc.record({
    stream: fc.constantFrom('stdout' as const, 'stderr' as const),
    bytes: fc.uint8Array({ maxLength: 40 }),
  });
  fc.assert(
    fc.property(fc.array(frame), fc.array(fc.integer({ min: 1, max: 30 })), (frames, cuts) => {
      const wire = Buffer.concat(
        frames.map(({ stream, bytes }) => {
          const header = Buffer.alloc(8);
          header[0] = stream === 'stdout' ? 1 : 2;
          header.writeUInt32BE(bytes.length, 4);
          return Buffer.concat([header, bytes]);
        }),
      );
      const demultiplexer = new Demultiplexer();
      const seen: OutputFrame[] = [];
      let start = 0;
      for (const cut of [...cuts, wire.length]) {
        seen.push(...demultiplexer.push(wire.subarray(start, start + cut)));
        start = Math.min(wire.length, start + cut);
      }
      expect(seen.map(({ stream, bytes }) => [stream, [...bytes]])).toEqual(
        frames.map(({ stream, bytes }) => [stream, [...bytes]]),
      );
    }),
    { seed: 1 },
  );
});
