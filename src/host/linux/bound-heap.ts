import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/*
 * Keeps the process small for the price of some more collections: Berth idles beside the workloads of a small box, and
 * V8 would leave the garbage of the last large commit lying around, because nothing forces it to collect.
 */

/** Of both halves together. Larger ones only delay the moment at which what lives long is found to. */
const YOUNG_BYTES = 8 * 1024 * 1024;
/**
 * How far the heap may grow beyond what was alive at the last full collection, before the next one. V8's own choice is
 * up to 300 %.
 */
const GROWTH_PERCENT = 25;
/** While a store is read nearly everything stays alive, and each collection is for little. */
const OPENING_GROWTH_PERCENT = 60;
const ROUNDS_MAX = 400;
const OBJECTS_PER_ROUND = 2_000;

/**
 * Bounds the young generation; call it first. `--max-semi-space-size` would say the same, but only on the command line
 * of `node`. So it is grown to the wanted size, in a few milliseconds, and then told not to grow any more.
 */
export function boundYoungHeap(): void {
  const alive: object[] = [];
  for (let round = 0; round < ROUNDS_MAX && youngBytes() < YOUNG_BYTES; round++) {
    for (let n = 0; n < OBJECTS_PER_ROUND; n++) alive.push({ round, n });
  }
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString(`--heap-growing-percent=${OPENING_GROWTH_PERCENT}`);
}

/** Bounds the growth of the old generation; call it when the store is open. */
export function boundHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? YOUNG_BYTES;
}
