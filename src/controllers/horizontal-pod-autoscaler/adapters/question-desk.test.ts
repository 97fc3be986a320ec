import { expect, test } from 'vitest';
import { LIMITS } from '../../../lib/limits.ts';
import { VirtualClock } from '../../../lib/virtual-clock.ts';
import { QuestionDesk } from './question-desk.ts';

const ASK = { sinceMs: 0, onAnswer: () => {} };

async function fullDesk() {
  const clock = new VirtualClock();
  const desk = new QuestionDesk<number>(clock);
  const keys = Array.from({ length: LIMITS.metricQuestions }, (_, index) => `q${index}`);
  const answers = keys.map(
    (key) => new Promise<void>((tell) => void desk.ask(key, { ...ASK, onAnswer: tell }, async () => 1)),
  );
  await Promise.all(answers);
  return { clock, desk };
}

test('a full desk takes no new question, and still the known ones', async () => {
  const { desk } = await fullDesk();
  expect([desk.isFull('new'), desk.isFull('q0')]).toEqual([true, false]);
  expect(desk.ask('q0', ASK, async () => 2)).toBe(1);
});

test('questions that nobody asks any more make room for new ones', async () => {
  const { clock, desk } = await fullDesk();
  clock.moveTo(100_000);
  desk.ask('q0', ASK, async () => 2);
  expect(desk.isFull('new')).toBe(true);
  clock.moveTo(130_000);
  expect(desk.isFull('new')).toBe(false);
  // Somebody asked this one since.
  expect(desk.ask('q0', ASK, async () => 2)).toBe(1);
});
