import { expect, test } from 'vitest';
import { type ListedFile, selectManifestFiles } from './select-manifest-files.ts';

/** `path` a file, `path -> target` a symlink, `path = text` a file whose text is read, `path @` a submodule. */
function select(lines: readonly string[], path = '') {
  const texts = new Map<string, string>();
  const files = lines.map((line): ListedFile => {
    const [, file = '', mark, rest = ''] = /^(\S+)(?: (->|=|@) ?([\s\S]*))?$/.exec(line) ?? [];
    if (mark === '->') return { path: file, type: 'symlink', id: `id-${file}`, target: rest };
    if (mark === '=') texts.set(`id-${file}`, rest);
    return { path: file, type: mark === '@' ? 'submodule' : 'blob', id: `id-${file}` };
  });
  const result = selectManifestFiles({ files, path, texts });
  if (result.type === 'needs') return { needs: result.blobs };
  const problems = result.problems.map(({ severity, code, path }) => `${severity} ${code} ${path}`);
  const { kustomizations } = result;
  return {
    files: result.files.map((file) => file.path),
    ignored: result.ignored,
    problems,
    ...(kustomizations.length === 0 ? {} : { kustomizations }),
  };
}

test.each<[string, readonly string[], object]>([
  [
    'by name',
    ['b.yml', 'a.yaml', 'README.md', 'x.json', 'UP.YAML'],
    { files: ['UP.YAML', 'a.yaml', 'b.yml'], ignored: 0, problems: [] },
  ],
  [
    'defaults',
    ['.github/workflows/ci.yaml', '.gitlab-ci.yml', '.travis.yml', 'a.yaml'],
    { files: ['a.yaml'], ignored: 3, problems: [] },
  ],
  [
    '.sourceignore',
    [
      '.sourceignore = # comment\nskip/\n*.tmp.yaml\n!.github/',
      'skip/a.yaml',
      'b.tmp.yaml',
      '.github/c.yaml',
      'd.yaml',
    ],
    { files: ['.github/c.yaml', 'd.yaml'], ignored: 2, problems: [] },
  ],
  [
    '.sourceignore of a folder',
    ['x/.sourceignore = /a.yaml\n', 'x/a.yaml', 'x/y/a.yaml', 'a.yaml'],
    { files: ['a.yaml', 'x/y/a.yaml'], ignored: 1, problems: [] },
  ],
  ['a text that was not read', ['.sourceignore', 'a.yaml'], { needs: ['id-.sourceignore'] }],
  [
    'a chart',
    [
      'web/Chart.yaml',
      'web/values.yaml',
      'web/values-prod.yaml',
      'web/templates/a.yaml',
      'web/crds/b.yaml',
      'web/extra.yaml',
      'a.yaml',
    ],
    { files: ['a.yaml', 'web/extra.yaml'], ignored: 5, problems: ['warning ChartIgnored web/Chart.yaml'] },
  ],
  [
    'a kustomization',
    ['k/kustomization.yaml', 'k/a.yaml', 'k/patches/p.yaml', 'k/base/kustomization.yml', 'l/Kustomization', 'a.yaml'],
    {
      files: ['a.yaml'],
      ignored: 0,
      problems: [],
      kustomizations: ['k', 'l'],
    },
  ],
  [
    'an ignored kustomization',
    ['.sourceignore = k/', 'k/kustomization.yaml', 'k/a.yaml'],
    { files: [], ignored: 2, problems: [] },
  ],
  [
    'links',
    [
      'd/out.yaml -> ../../etc/passwd',
      'abs.yaml -> /etc/x',
      'notes -> /etc/motd',
      'in.yaml -> d/a.yaml',
      'dir -> d',
      'doc -> README.md',
      'd/a.yaml',
    ],
    {
      files: ['d/a.yaml'],
      ignored: 0,
      problems: [
        'error SymlinkRefused abs.yaml',
        'error SymlinkRefused d/out.yaml',
        'warning SymlinkIgnored dir',
        'warning SymlinkIgnored in.yaml',
        'warning SymlinkRefused notes',
      ].sort((a, b) => (a.split(' ')[2] ?? '').localeCompare(b.split(' ')[2] ?? '')),
    },
  ],
  ['a submodule', ['vendor/x @'], { files: [], ignored: 0, problems: ['warning SubmoduleIgnored vendor/x'] }],
])('%s', (_, lines, expected) => expect(select(lines)).toEqual(expected));

test('a folder is an application of its own, under the rules above it', () => {
  const lines = ['.sourceignore = *.old.yaml', 'apps/web/a.yaml', 'apps/web/b.old.yaml'];
  expect(select(lines, 'apps/web')).toEqual({ files: ['apps/web/a.yaml'], ignored: 1, problems: [] });
});
