import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BerthProgram, bundleBerth } from '../docker/testing/berth-program.ts';
import { configMap, deployment } from '../docker/testing/manifests.ts';
import type { SiteFiles } from '../docker/testing/site-repository.ts';
import { TestBox } from '../docker/testing/test-box.ts';
import { waitUntil } from '../docker/testing/wait-until.ts';

/** What runs from the first commit on, whatever is pushed after it. */
const GOOD: SiteFiles = { 'web.yaml': deployment('web', { replicas: 2 }), 'page.yaml': configMap('page', { a: '1' }) };

/** Six levels of nine references each: half a million values from half a kilobyte. */
const ALIAS_BOMB = `apiVersion: v1
kind: ConfigMap
metadata: {name: bomb}
x0: &x0 [1, 1, 1, 1, 1, 1, 1, 1, 1]
${[1, 2, 3, 4, 5, 6]
  .map(
    (level) =>
      `x${level}: &x${level} [${Array(9)
        .fill(`*x${level - 1}`)
        .join(', ')}]`,
  )
  .join('\n')}
`;

const service = (name: string, nodePort: number) => `apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  type: NodePort
  selector: {app: web}
  ports: [{port: 80, nodePort: ${nodePort}}]
`;

interface Row {
  readonly name: string;
  readonly files: SiteFiles;
  /** `<code> <place>` of every error. */
  readonly problems: readonly string[];
  readonly message: RegExp;
  readonly help?: RegExp;
}

const ROWS: readonly Row[] = [
  {
    name: 'broken YAML',
    files: { 'bad.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\ndata: [\n' },
    problems: ['YamlSyntax bad.yaml:4:1'],
    message: /./,
  },
  {
    name: 'a tab as indentation',
    files: { 'bad.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\n' },
    problems: ['YamlTab bad.yaml:4:1'],
    message: /tab/i,
    help: /spaces/,
  },
  {
    name: 'a duplicate key',
    files: { 'bad.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: a}\ndata: {k: b}\n' },
    problems: ['YamlDuplicateKey bad.yaml:5:1'],
    message: /appears twice.*line 4/,
  },
  {
    name: 'an alias bomb',
    files: { 'bad.yaml': ALIAS_BOMB },
    problems: ['LimitExceeded bad.yaml:7:10'],
    message: /alias/i,
  },
  {
    name: 'a file of 50 MB',
    files: { 'bad.yaml': Buffer.alloc(50 * 1024 * 1024, '# a long comment\n') },
    problems: ['LimitExceeded bad.yaml'],
    message: /5 MiB|5 MB|bytes/,
  },
  {
    name: 'a symbolic link out of the repository',
    files: { 'bad.yaml': { link: '../../etc/passwd' } },
    problems: ['SymlinkRefused bad.yaml'],
    message: /\.\.\/\.\.\/etc\/passwd/,
  },
  {
    name: 'an absolute symbolic link',
    files: { 'bad.yaml': { link: '/etc/shadow' } },
    problems: ['SymlinkRefused bad.yaml'],
    message: /\/etc\/shadow/,
  },
  {
    name: 'a binary file',
    files: { 'bad.yaml': Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1, 2, 3]) },
    problems: ['ManifestBinary bad.yaml'],
    message: /NUL/,
  },
  {
    name: 'a file that is not UTF-8',
    files: { 'bad.yaml': Buffer.from('apiVersion: v1\nkind: ConfigMap # caf\xe9\n', 'latin1') },
    problems: ['ManifestEncoding bad.yaml:2:1'],
    message: /UTF-8/,
  },
  {
    name: 'an unknown kind',
    files: { 'bad.yaml': 'apiVersion: apps/v1\nkind: Deploymet\nmetadata: {name: a}\n' },
    problems: ['KindUnknown bad.yaml:2:7'],
    message: /Deploymet/,
    help: /Deployment/,
  },
  {
    name: 'a typo in a field',
    files: { 'bad.yaml': deployment('api').replace('replicas:', 'replica:') },
    problems: ['FieldUnknown bad.yaml:6:3'],
    message: /unknown field "spec\.replica"/,
    help: /did you mean "replicas"/,
  },
  {
    name: 'a wrong type',
    files: { 'bad.yaml': deployment('api').replace('replicas: 1', 'replicas: "two"') },
    problems: ['FieldValueTypeInvalid bad.yaml:6:13'],
    message: /spec\.replicas/,
  },
  {
    name: 'two files with the same object',
    files: { 'a.yaml': configMap('same', { a: '1' }), 'b.yaml': configMap('same', { a: '2' }) },
    problems: ['ObjectDuplicate b.yaml:4:9'],
    message: /a\.yaml:1/,
  },
  {
    name: 'an invalid name',
    files: { 'bad.yaml': configMap('No_Such_Name', { a: '1' }) },
    problems: ['FieldValueInvalid bad.yaml:4:9'],
    message: /RFC 1123/,
  },
  {
    name: 'a selector that does not match its template',
    files: { 'bad.yaml': deployment('api').replace('labels: {app: api,', 'labels: {app: other,') },
    problems: ['FieldValueInvalid bad.yaml:11:7'],
    message: /selector/,
  },
  {
    name: 'a privileged container',
    files: { 'bad.yaml': deployment('api', { container: 'securityContext: {privileged: true}' }) },
    problems: ['Forbidden bad.yaml:18:41'],
    message: /privileged/,
    help: /allow it for namespace default in the configuration of this box/,
  },
  {
    name: 'what the schema, this box and other objects refuse, in three files,',
    files: {
      'bad.yaml': deployment('api').replace('replicas: 1', 'replcas: 1'),
      'worse.yaml': deployment('root', { container: 'securityContext: {privileged: true}' }),
      'ports.yaml': [service('one', 30_123), service('two', 30_123)].join('---\n'),
    },
    problems: ['FieldUnknown bad.yaml:6:3', 'Invalid ports.yaml:17:32', 'Forbidden worse.yaml:18:41'],
    message: /replcas/,
  },
  {
    name: 'a host path',
    files: { 'bad.yaml': deployment('api', { pod: 'volumes:\n  - name: root\n    hostPath: {path: /}' }) },
    problems: ['Forbidden bad.yaml:16:28'],
    message: /hostPath/,
    help: /allow it for namespace default in the configuration of this box/,
  },
  {
    name: 'a namespace that does not exist',
    files: { 'bad.yaml': deployment('api', { namespace: 'nowhere' }) },
    problems: ['NotFound bad.yaml:5:14'],
    message: /namespaces? "?nowhere"? not found/,
    help: /create it first/,
  },
  {
    name: 'a kustomization that names a file that is not there, below a folder of plain files',
    files: { 'overlay/kustomization.yaml': 'resources: [web.yml]\n', 'overlay/web.yaml': deployment('api') },
    problems: ['RenderFileMissing overlay/kustomization.yaml:1:13'],
    message: /web\.yml/,
    help: /correct the path/,
  },
  {
    name: 'everything at once, with all of it reported',
    files: {
      'a.yaml': configMap('No_Such_Name', { a: '1' }),
      'b.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\n',
      'c.yaml': deployment('api').replace('replicas:', 'replica:'),
    },
    problems: ['FieldValueInvalid a.yaml:4:9', 'YamlTab b.yaml:4:1', 'FieldUnknown c.yaml:6:3'],
    message: /./,
  },
];

let program: BerthProgram;
let box: TestBox;
let podUids: readonly string[] = [];

const uidsOfPods = async () => (await box.berth.pods()).map(({ metadata }) => metadata.uid).sort();

beforeAll(async () => {
  program = await bundleBerth();
  box = await TestBox.create({ program: program.path, runtime: 'sim' });
  const commit = await box.repository.push(GOOD);
  await box.start();
  await box.berth.reaches(commit, 'Healthy');
  podUids = await uidsOfPods();
  expect(podUids).toHaveLength(2);
});

afterAll(async () => {
  await box?.remove();
  await program?.remove();
});

test.each(ROWS)(
  '$name is reported with its place, changes nothing that runs, and the next commit heals it',
  async (row) => {
    const bad = await box.repository.push({ ...GOOD, ...row.files });
    const { problems, ready } = await box.berth.reaches(bad, 'Invalid');
    const errors = problems.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code, place }) => `${code} ${place}`)).toEqual(row.problems);
    expect(errors[0]?.message).toMatch(row.message);
    expect(errors[0]?.help ?? '').toMatch(row.help ?? /^/);
    expect(ready).toBe('False');
    expect(await uidsOfPods()).toEqual(podUids);
    await waitUntil('the status branch says so', async () => {
      const page = await box.repository.statusFile('box/status.yaml');
      return page?.includes(bad) && row.problems.every((problem) => page.includes(problem.split(' ')[0] ?? ''));
    });

    const good = await box.repository.push(GOOD);
    await box.berth.reaches(good, 'Healthy');
    expect(await uidsOfPods()).toEqual(podUids);
  },
);

test('an empty commit deletes nothing', async () => {
  const empty = await box.repository.push({});
  expect(await box.berth.reaches(empty, 'Invalid')).toMatchObject({
    ready: 'False',
    message: expect.stringContaining('declares nothing'),
  });
  expect(await uidsOfPods()).toEqual(podUids);
  await box.berth.reaches(await box.repository.push(GOOD), 'Healthy');
  expect(await uidsOfPods()).toEqual(podUids);
});

test('a pod whose ConfigMap is missing waits with its reason, and starts when it appears', async () => {
  const late = deployment('late', { container: 'envFrom: [{configMapRef: {name: settings}}]' });
  const without = await box.repository.push({ ...GOOD, 'late.yaml': late });
  const waiting = await waitUntil('the pod waits', async () => {
    const pod = (await box.berth.pods()).find(({ metadata }) => metadata.name.startsWith('late-'));
    return pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError'
      ? pod
      : undefined;
  });
  expect(waiting.status?.containerStatuses?.[0]?.state?.waiting?.message).toMatch(/configmap "settings" not found/);
  const status = await box.berth.reaches(without, 'Progressing');
  expect(status.unhealthy[0]).toMatchObject({ object: 'Deployment/default/late', declaredAt: 'late.yaml:1' });
  expect(status.problems).toMatchObject([{ severity: 'warning', code: 'ReferenceMissing' }]);

  const complete = await box.repository.push({
    ...GOOD,
    'late.yaml': late,
    'settings.yaml': configMap('settings', { a: '1' }),
  });
  await box.berth.reaches(complete, 'Healthy');
  const pods = (await box.berth.pods()).filter(({ metadata }) => metadata.name.startsWith('late-'));
  expect(pods.map(({ metadata }) => metadata.uid)).toEqual([waiting.metadata.uid]);
});
