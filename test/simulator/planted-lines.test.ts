import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { PLANTED_BUGS } from '../chaos/planted-bugs.ts';

it.each(PLANTED_BUGS.map((bug) => [bug.name, bug] as const))(
  'the line that "%s" replaces stands exactly once; who moves it moves it in test/chaos/planted-bugs.ts, too',
  (_name, { file, find }) => {
    const text = readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
    expect(text.split(find)).toHaveLength(2);
  },
);
