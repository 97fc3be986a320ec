import { expect, test } from 'vitest';
import { RuntimeError } from '../runtime.ts';
import { removeImage } from './images.ts';

/** An engine that refuses what is named, and whose containers are made from the image or not. */
function engineOf(refused: readonly string[], hasContainers = false) {
  const asked: string[] = [];
  const engine = {
    json: async () => (hasContainers ? [{ Id: 'c' }] : []),
    find: async ({ path }: { readonly path: string }) => {
      asked.push(path.replace('/images/', ''));
      if (refused.includes(path.replace('/images/', ''))) throw new RuntimeError('Conflict', 'must be forced');
      return undefined;
    },
  };
  return { engine, asked };
}

test.each<readonly [string, readonly string[], readonly string[], boolean, readonly string[], boolean]>([
  ['of one name by its id', ['a:1'], [], false, ['id'], true],
  ['without a name by its id', [], [], false, ['id'], true],
  ['of two names by one after the other', ['a:1', 'b:1'], [], false, ['a:1', 'b:1'], true],
  ['of two names not at all while a container was made from it', ['a:1', 'b:1'], [], true, [], false],
  ['that the engine holds on to stays', ['a:1'], ['id'], false, ['id'], false],
])('an image %s is removed', async (_what, names, refused, hasContainers, asks, isGone) => {
  const { engine, asked } = engineOf(refused, hasContainers);
  expect(await removeImage(engine, 'id', names)).toBe(isGone);
  expect(asked).toEqual(asks);
});
