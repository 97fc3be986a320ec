import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildTree, type TreeLeaf } from './build-tree.ts';
import { hashObject, parseCommit, parseTree, reparentCommit, serializeCommit, serializeTree } from './git-object.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

describe('git objects', () => {
  it('have the ids that git gives them', () => {
    expect(hashObject({ type: 'blob', bytes: Buffer.from('hello\n') }, 'sha1')).toBe(
      'ce013625030ba8dba906f756967f9e9ca394464a',
    );
    expect(hashObject({ type: 'tree', bytes: new Uint8Array() }, 'sha1')).toBe(
      '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
    );
    expect(buildTree(new Map(), 'sha1').id).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904');
  });

  it('sort a folder as if its name ended in a slash', () => {
    const entry = (mode: string, name: string) => ({ mode, name, id: A });
    const bytes = serializeTree([
      entry('40000', 'a'),
      entry('100644', 'a.b'),
      entry('100644', 'a-b'),
      entry('100644', 'a0'),
    ]);
    expect(parseTree(bytes, 'sha1').map(({ name }) => name)).toEqual(['a-b', 'a.b', 'a', 'a0']);
  });

  it('read back as they were written, whatever the names', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
      .filter((text) => !/[/\0]|^\.{1,2}$/.test(text) && Buffer.from(text).toString() === text);
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 20 }), (names) => {
        const entries = names.map((text) => ({ mode: '100644', name: text, id: B }));
        const read = parseTree(serializeTree(entries), 'sha1');
        expect(new Set(read.map((entry) => entry.name))).toEqual(new Set(names));
      }),
      { seed: 1 },
    );
  });

  it.each([
    ['cut short', Buffer.from('100644 a\0short')],
    ['without an end', Buffer.from('100644 a')],
    ['..', Buffer.concat([Buffer.from('40000 ..\0'), Buffer.alloc(20)])],
    ['a/b', Buffer.concat([Buffer.from('100644 a/b\0'), Buffer.alloc(20)])],
  ])('refuse a tree that is %s', (_what, bytes) => {
    expect(() => parseTree(bytes, 'sha1')).toThrow(expect.objectContaining({ reason: 'ObjectCorrupt' }));
  });

  it('carry a commit there and back, and under another parent without its signature', () => {
    const bytes = serializeCommit({
      tree: A,
      parents: [B],
      author: { name: 'A <b>\n', email: 'a@b' },
      nowMs: 1_700_000_000_999,
      message: 'Subject\n\nBody',
    });
    const expected = {
      tree: A,
      parents: [B],
      authorName: 'A b',
      authorEmail: 'a@b',
      committedAtMs: 1_700_000_000_000,
      message: 'Subject\n\nBody\n',
    };
    expect(parseCommit(A, bytes)).toEqual({ id: A, ...expected });
    const signed = Buffer.from(
      bytes.toString().replace('\n\n', '\ngpgsig -----BEGIN\n more\n -----END\nencoding UTF-8\n\n'),
    );
    const moved = reparentCommit(signed, []).toString();
    expect(moved).not.toMatch(/gpgsig|more|parent/);
    expect(moved).toContain('\nencoding UTF-8\n\nSubject');
    expect(parseCommit(A, Buffer.from(moved)).parents).toEqual([]);
    expect(() => parseCommit(A, Buffer.from('author x\n\nm'))).toThrow(/no tree or no committer/);
  });

  it('build nested trees once per folder', () => {
    const leaf: TreeLeaf = { mode: '100644', id: A };
    const built = buildTree(
      new Map([
        ['a/b/c', leaf],
        ['a/d', leaf],
        ['e', leaf],
      ]),
      'sha1',
    );
    expect(built.objects).toHaveLength(3);
    const root = parseTree(built.objects.at(-1)?.bytes ?? new Uint8Array(), 'sha1');
    expect(root.map(({ mode, name }) => `${mode} ${name}`)).toEqual(['40000 a', '100644 e']);
  });
});
