import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../diagnostic.ts';
import { writeObjects } from './index.ts';
import { renderFiles } from './testing/render-files.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures', import.meta.url));
const EXPECTED = /^expected\./;

function readFolder(folder: string): Record<string, Uint8Array> {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter(
    (entry) => entry.isFile() && !EXPECTED.test(entry.name),
  );
  return Object.fromEntries(
    files.map((entry) => {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      return [relative(folder, path), new Uint8Array(readFileSync(path))];
    }),
  );
}

function fixtures(kind: 'features' | 'errors'): readonly string[] {
  return readdirSync(join(FIXTURES, kind));
}

/** Bases lie beside their overlay; a fixture without an overlay is the kustomization itself. */
function renderFixture(kind: 'features' | 'errors', name: string) {
  const folder = join(FIXTURES, kind, name);
  // Named as in the repository, so that what leads out of the fixture leads out of the repository.
  return renderFiles(readFolder(folder), existsSync(join(folder, 'overlay')) ? 'overlay' : '');
}

describe('what kubectl kustomize prints', () => {
  const names = fixtures('features').filter((name) => existsSync(join(FIXTURES, 'features', name, 'expected.yaml')));
  test.each(names)('%s', (name) => {
    const { objects, problems } = renderFixture('features', name);
    expect(problems).toEqual([]);
    expect(writeObjects(objects)).toBe(readFileSync(join(FIXTURES, 'features', name, 'expected.yaml'), 'utf8'));
  });
});

function format({ code, path, line, field, message, help }: Diagnostic): string {
  return `${code} ${path || '.'}:${line ?? ''} ${field ?? ''}\n  ${message}\n  ${help ?? ''}\n`;
}

describe('what cannot be rendered is said all at once', () => {
  test.each(fixtures('errors'))('%s', async (name) => {
    const { objects, problems } = renderFixture('errors', name);
    expect(objects).toEqual([]);
    expect(problems.length).toBeGreaterThan(0);
    await expect(problems.map(format).join('\n')).toMatchFileSnapshot(join(FIXTURES, 'errors', name, 'expected.txt'));
  });
});
