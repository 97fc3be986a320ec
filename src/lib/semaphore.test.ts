import { expect, it } from 'vitest';
import { Semaphore } from './semaphore.ts';

it('runs as many at once as it has places, in the order they came, failures included', async () => {
  const slots = new Semaphore(2);
  const order: string[] = [];
  let running = 0;
  let runningMax = 0;
  const work = (name: string) =>
    slots.run(async () => {
      order.push(name);
      running++;
      runningMax = Math.max(runningMax, running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      if (name === 'b') throw new Error('no');
      return name;
    });
  const results = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map(work));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
  expect(order).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(runningMax).toBe(2);
  await work('f');
  expect(order).toContain('f');
});
