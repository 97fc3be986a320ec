import { expect, test } from 'vitest';
import { silentLogger } from '../../lib/logger.ts';
import { OwnImages, type OwnImagesOptions } from './own-images.ts';

type Pull = readonly [name: string, namesBefore: readonly string[] | undefined];

test.each<readonly [string, readonly Pull[], readonly string[] | undefined]>([
  ['what a pull brought', [['r.test/a:1', undefined]], ['r.test/a:1']],
  ['nothing of what was there under that name', [['r.test/a:1', ['r.test/a:1']]], undefined],
  ['nothing of what was there under another name', [['r.test/a:1', ['r.test/mine:1']]], undefined],
  ['nothing of what was there without a name', [['r.test/a:1', []]], undefined],
  [
    'a second name that a pull gave to its own',
    [
      ['r.test/a:1', undefined],
      ['r.test/b:1', ['r.test/a:1']],
    ],
    ['r.test/a:1', 'r.test/b:1'],
  ],
  [
    'no second name that was given by others',
    [
      ['r.test/a:1', undefined],
      ['r.test/b:1', ['r.test/a:1', 'r.test/b:1']],
    ],
    ['r.test/a:1'],
  ],
  [
    'no name of an earlier time, when the image came anew',
    [
      ['r.test/a:1', undefined],
      ['r.test/b:1', ['r.test/a:1']],
      ['r.test/a:1', undefined],
    ],
    ['r.test/a:1'],
  ],
])('Berth knows as its own %s', async (_what, pulls, names) => {
  const options = { volumeFiles: oneFile(), logger: silentLogger };
  const own = new OwnImages(options);
  for (const [name, namesBefore] of pulls) await own.add(name, { id: 'sha256:1', namesBefore });
  for (const each of [own, new OwnImages(options)]) {
    const known = (await each.all()).get('sha256:1');
    expect(known && [...known].sort()).toEqual(names);
  }
});

function oneFile(): OwnImagesOptions['volumeFiles'] {
  let text: string | undefined;
  return {
    readTail: async () => (text === undefined ? undefined : new TextEncoder().encode(text)),
    writeFile: async (_place, written) => {
      text = written;
    },
  };
}
