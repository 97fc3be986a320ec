import { expect, test } from 'vitest';
import type { ProcessStreams } from '../../../lib/byte-streams.ts';
import { CommandInput } from './command-channels.ts';

/** A process whose terminal takes a size once it is told to. */
function open() {
  const events: string[] = [];
  const waiting: (() => void)[] = [];
  const process: ProcessStreams = {
    writeStdin: async (chunk) => void events.push(Buffer.from(chunk).toString()),
    endStdin: () => events.push('end'),
    resize: async ({ columns }) => {
      events.push(`${columns} columns`);
      await new Promise<void>((resolve) => waiting.push(resolve));
    },
    close: () => events.push('close'),
  };
  return { events, process, takeSize: () => waiting.shift()?.() };
}

const size = (Width: number) =>
  ({ type: 'resize', bytes: Buffer.from(JSON.stringify({ Width, Height: 24 })) }) as const;
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('of the sizes that come while one is being set only the newest is set, and the input does not wait for them', async () => {
  const { events, process, takeSize } = open();
  const input = new CommandInput();
  await input.push(size(1));
  await input.push(size(2));
  input.attach(process);
  await turn();
  expect(events).toEqual(['2 columns']);
  for (let columns = 3; columns <= 500; columns++) await input.push(size(columns));
  await input.push({ type: 'stdin', bytes: Buffer.from('hello') });
  expect(events).toEqual(['2 columns', 'hello']);
  takeSize();
  await turn();
  expect(events).toEqual(['2 columns', 'hello', '500 columns']);
  takeSize();
  await turn();
  await input.push(size(501));
  await turn();
  expect(events.at(-1)).toBe('501 columns');
});

test('a size that cannot be read or set does not keep the next one away', async () => {
  const { events, process } = open();
  const input = new CommandInput();
  let isFirst = true;
  input.attach({
    ...process,
    resize: async (wanted) => {
      if (isFirst) {
        isFirst = false;
        throw new Error('no terminal');
      }
      return process.resize(wanted);
    },
  });
  await input.push(size(1));
  await turn();
  await input.push({ type: 'resize', bytes: Buffer.from('{') });
  await turn();
  await input.push(size(2));
  await turn();
  expect(events).toEqual(['2 columns']);
});

test('no size is set any more once the client is gone', async () => {
  const { events, process, takeSize } = open();
  const input = new CommandInput();
  input.attach(process);
  await input.push(size(1));
  await input.push(size(2));
  await turn();
  input.end();
  takeSize();
  await turn();
  expect(events).toEqual(['1 columns', 'close']);
});
