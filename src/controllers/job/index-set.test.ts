import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IndexSet } from './index-set.ts';

describe('IndexSet', () => {
  it('reads and writes the text form, whatever the indexes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(60)), fc.uniqueArray(fc.nat(60)), (left, right) => {
        const [a, b] = [IndexSet.of(left), IndexSet.of(right)];
        expect(IndexSet.parse(a.toString()).toString()).toBe(a.toString());
        const both = new Set([...left, ...right]);
        const union = a.union(b);
        expect(union.size).toBe(both.size);
        for (let index = 0; index <= 61; index++) expect(union.has(index)).toBe(both.has(index));
        expect(a.overlap(b)).toBe(left.filter((index) => right.includes(index)).length);
        const missing = Array.from({ length: 61 }, (_, index) => index).filter((index) => !left.includes(index));
        expect(a.firstMissing(5, 61)).toEqual(missing.slice(0, 5));
      }),
      { seed: 3 },
    );
    expect(IndexSet.of([7, 1, 3, 4, 5, 9, 10]).toString()).toBe('1,3-5,7,9,10');
    expect(IndexSet.parse('2-9,x,', 5).toString()).toBe('2-4');
    expect(IndexSet.parse('0,1-foo,bar').toString()).toBe('0');
  });
});
