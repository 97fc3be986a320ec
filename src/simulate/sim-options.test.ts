import { describe, expect, it, test } from 'vitest';
import { readSimOptions } from './sim-options.ts';

function read(...args: readonly string[]) {
  const outcome = readSimOptions(args, 4);
  return 'problems' in outcome ? outcome.problems : outcome.options;
}

describe('the command line of the simulator', () => {
  test.each([
    { args: [], seeds: 20, seed: 1, forMs: Number.POSITIVE_INFINITY },
    { args: ['--seed', '7'], seeds: 1, seed: 7, forMs: Number.POSITIVE_INFINITY },
    { args: ['--seed', '7', '--seeds', '3'], seeds: 3, seed: 7, forMs: Number.POSITIVE_INFINITY },
    { args: ['--minutes', '0.5'], seeds: Number.MAX_SAFE_INTEGER, seed: 1, forMs: 30_000 },
  ])('$args plays $seeds seeds', ({ args, ...expected }) => {
    expect(read(...args)).toMatchObject({ jobs: 4, ...expected });
  });

  test.each([
    [[], false],
    [['--seed', '7', '--hours', '2'], true],
    [['--seed', '7', '--minutes', '2'], true],
    [['--seed', '7', '--seeds', '3'], false],
    [['--hours', '2'], false],
  ])('%j plays the first seed alone: %j', (args, isFirstAlone) => {
    expect(read(...args)).toMatchObject({ isFirstAlone });
  });

  test.each([
    ['--seed', 'abc', '--seed: "abc" is no whole number of at least 0'],
    ['--seeds', '0', '--seeds: "0" is no whole number of at least 1'],
    ['--jobs', '1.5', '--jobs: "1.5" is no whole number of at least 1'],
    ['--hours', 'x', '--hours: "x" is no number above 0'],
    ['--minutes', '0', '--minutes: "0" is no number above 0'],
    ['--steps', '1,b', '--steps: "b" is no whole number of at least 0'],
  ])('%s %s is refused in a sentence', (option, value, sentence) => {
    expect(read(option, value)).toEqual([sentence]);
  });

  test.each([
    [['--scenario', 'orphaned-revisions', '--seed', '7', '--counts'], 'takes no --seed, --counts:'],
    [['--scenario', 'rollout', '--steps', '1'], 'takes no --steps:'],
    [['--replicas', '3'], '--replicas is for --scenario rollout'],
  ])('%j would pass over what it names, and is refused', (args, sentence) => {
    expect(read(...args)).toEqual([expect.stringContaining(sentence)]);
  });

  it('lets a scenario have what it heeds', () => {
    expect(read('--scenario', 'orphaned-revisions', '--trace', '9')).toMatchObject({ traceLines: 9 });
    expect(read('--scenario', 'rollout', '--seed', '7', '--replicas', '3')).toMatchObject({ seed: 7, replicas: 3 });
  });

  it('is refused for all that is wrong with it at once', () => {
    expect(read('--seed=-1', '--hours', 'x')).toHaveLength(2);
    expect(read('--foo')).toEqual([expect.stringContaining("Unknown option '--foo'")]);
    expect(read('--steps', '1', '--seeds', '2')).toEqual([expect.stringContaining('--steps are steps of one seed')]);
  });
});
