import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BerthBuild, type BerthProcess, type Outcome } from './berth-process.ts';
import { TestRepository } from './test-repository.ts';

let berth: BerthBuild;
let repository: TestRepository;
let dataDirectory: string;
let up: BerthProcess;

const at = () => ['--data-dir', dataDirectory];
const run = (...args: readonly string[]): Promise<Outcome> => berth.run([...args, ...at()]);
const upArguments = () => ['up', '--repo', repository.path, ...at(), '--runtime', 'sim', '--cluster', 'box1'];

beforeAll(async () => {
  berth = new BerthBuild();
  repository = await TestRepository.create(berth.folder);
  dataDirectory = join(berth.folder, 'data');
  up = berth.start(upArguments());
  await up.waitFor(/site is healthy/);
});

afterAll(async () => {
  await berth.close();
});

describe('wrong usage', () => {
  test.each`
    args                                                        | messages
    ${['gte', 'pods']}                                          | ${['did you mean "get"', 'berth --help']}
    ${['get', '--nmespace=x', '-o', 'xml']}                     | ${['--nmespace', 'must be one of', 'kinds is missing']}
    ${['get', 'podz']}                                          | ${['there is no kind "podz"; did you mean "pods"?']}
    ${['get', 'pods', '-n', 'a', '-A']}                         | ${['cannot be used with']}
    ${['up', '--repo', 'x', '--interval', 'x', '--path', '/a']} | ${['interval: "x" is no duration', 'paths: "/a" must lie inside']}
    ${['up', '--config', '/nonexistent.yaml']}                  | ${['/nonexistent.yaml', 'ENOENT']}
    ${['store', 'backup']}                                      | ${['folder is missing']}
  `('berth $args ends with 2', async ({ args, messages }) => {
    const { code, stdout, stderr } = await berth.run(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    for (const message of messages) expect(stderr).toContain(message);
    expect(stderr).not.toContain('at ');
  });

  test('help goes to standard output, without a command to standard error', async () => {
    expect(await berth.run(['--help'])).toMatchObject({ code: 0, stderr: '' });
    expect(await berth.run(['get', '--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Examples:') });
    expect(await berth.run([])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Usage:') });
  });
});

describe('a running Berth', () => {
  test('status in every form', async () => {
    const plain = await run('status');
    expect(plain).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^site +Healthy +6\/6/m) });
    const status = JSON.parse((await run('status', '-o', 'json')).stdout);
    expect(status).toMatchObject({
      kind: 'ClusterStatus',
      cluster: { name: 'box1', uid: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      applications: [{ name: 'site', phase: 'Healthy', ready: 'True' }],
    });
    expect((await run('status', '-o', 'yaml')).stdout).toContain('kind: ClusterStatus\n');
    expect((await run('status', '-o', 'name')).stdout).toBe('site\n');
  });

  test('get lists as kubectl does', async () => {
    expect((await run('get', 'deploy', '-n', 'shop')).stdout).toMatch(
      /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nvisitor +1\/1 .*\nweb +2\/2 /,
    );
    expect((await run('get', 'deploy,svc', '-n', 'shop', '-o', 'name')).stdout).toBe(
      'deployment.apps/visitor\ndeployment.apps/web\nservice/web\n',
    );
    expect((await run('get', 'all', '-A', '--no-headers')).stdout).toMatch(/^shop +pod\/visitor-/);
    const list = JSON.parse((await run('get', 'pods', '-n', 'shop', '-l', 'app=web', '-o', 'json')).stdout);
    expect(list).toMatchObject({ apiVersion: 'v1', kind: 'List', items: [{ kind: 'Pod' }, { kind: 'Pod' }] });
    expect(list.items[0].metadata).not.toHaveProperty('managedFields');
    const one = JSON.parse((await run('get', 'deployment/web', '-n', 'shop', '-o', 'json')).stdout);
    expect(one).toMatchObject({ kind: 'Deployment', metadata: { name: 'web' } });
    expect(await run('get', 'pods')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'No resources found in default namespace.\n',
    });
  });

  test('a name that is elsewhere is reported with its namespace, and does not hide the others', async () => {
    expect(await run('get', 'deploy', 'web')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('give -n shop'),
    });
    const both = await run('get', 'deploy', 'nobody', 'web', '-n', 'shop');
    expect(both).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('web '),
      stderr: expect.stringContaining('nobody'),
    });
  });

  test('a watch shows the present and then what changes', async () => {
    const watch = berth.start(['get', 'configmap', 'page', '-n', 'shop', '-w', '-o', 'json', ...at()]);
    await watch.waitFor(/Hello from Berth/);
    await repository.commit({ 'page.yaml': (text) => text.replace('Hello from Berth', 'Hello from a watch') });
    await watch.waitFor(/Hello from a watch/);
    watch.signal('SIGTERM');
    await run('sync');
  });

  test('describe shows everything but the values of Secrets', async () => {
    const { stdout } = await run('describe', 'secret', 'visitor', '-n', 'shop');
    expect(stdout).toMatch(/greeting: +27 bytes/);
    expect(stdout).not.toContain('knows the way');
    expect(stdout).not.toContain(Buffer.from('a visitor who knows the way').toString('base64'));
    expect((await run('describe', 'deploy/web', '-n', 'shop')).stdout).toMatch(
      /Replicas: +2 desired[\s\S]*Events:\n.*\n.*ScalingReplicaSet/,
    );
    expect((await run('describe', 'node')).stdout).toContain('KubeletReady');
  });

  test('events of one object, oldest first', async () => {
    const { stdout } = await run('events', '-n', 'shop', '--for', 'deployment/web');
    expect(stdout).toMatch(/^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n/);
    expect(stdout).toContain('deployment/web');
    expect(stdout).not.toContain('visitor');
  });

  test('exec and logs name what they miss', async () => {
    expect(await run('logs', 'nobody')).toMatchObject({ code: 1, stderr: expect.stringContaining('error[NotFound]') });
    expect(await run('logs')).toMatchObject({ code: 2, stderr: expect.stringContaining('a pod, a workload') });
    expect(await run('exec', 'deploy/web', '-n', 'nowhere', '--', 'ls')).toMatchObject({ code: 1 });
    expect((await run('logs', 'deployment/web', '-n', 'shop')).code).toBe(0);
  });

  test('a second Berth on the data directory is refused and the first goes on', async () => {
    expect(await berth.run(upArguments())).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`error\\[StoreLocked\\].*process ${up.pid} uses`)),
    });
    expect((await run('status')).code).toBe(0);
    expect(await run('store', 'check')).toMatchObject({ code: 1, stderr: expect.stringContaining('StoreLocked') });
  });

  test('doctor says of everything whether it is fine', async () => {
    const { stdout } = await run('doctor', '-o', 'json');
    const { checks } = JSON.parse(stdout) as {
      readonly checks: readonly { readonly name: string; readonly status: string; readonly remedy?: string }[];
    };
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['node', 'git', 'flock', 'rights', 'disk space', 'data directory', 'clock']),
    );
    for (const { status, remedy } of checks) expect(remedy === undefined).toBe(status === 'ok');
  });

  test('version tells of both sides', async () => {
    const versions = JSON.parse((await run('version', '-o', 'json')).stdout);
    expect(versions.running).toBe(versions.client);
  });
});

describe('a commit', () => {
  test('plan shows it, sync brings it in, and both tell of a mistake with its line', async () => {
    await repository.commit({});
    await run('sync');
    const scaled = await repository.commit({ 'web.yaml': (text) => text.replace('replicas: 2', 'replicas: 3') });
    expect(await run('sync')).toMatchObject({ code: 0, stdout: expect.stringContaining(scaled.slice(0, 7)) });
    expect(await run('plan', '--exit-code')).toMatchObject({ code: 0, stdout: expect.stringContaining('No changes') });
    const back = await run('plan', `${scaled}`, '-o', 'json');
    expect(JSON.parse(back.stdout)).toMatchObject({
      kind: 'PlanReport',
      cluster: 'box1',
      head: { id: scaled },
      live: { source: 'store' },
      applications: [{ name: 'site', counts: { unchanged: 6 } }],
    });
    await repository.commit({ 'web.yaml': (text) => text.replace('replicas: 2', 'replica: 2') });
    const plan = await run('plan');
    expect(plan.code).toBe(1);
    expect(plan.stdout).toMatch(
      /error\[FieldUnknown\][\s\S]*--> web\.yaml:10:3[\s\S]*\^\^\^\^\^\^\^[\s\S]*did you mean "replicas"\?/,
    );
    expect(await run('sync', '--progress', 'plain')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('Invalid'),
    });
    expect(await run('status')).toMatchObject({ code: 3, stdout: expect.stringContaining('error[FieldUnknown]') });
    expect((await run('get', 'deploy', 'web', '-n', 'shop')).stdout).toMatch(/web +3\/3/);
    expect(await run('plan', 'nowhere')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no revision "nowhere"'),
    });
  });

  test('a sync that takes too long ends with 4', async () => {
    const slow = (text: string) =>
      text.replace('replicas: 2', 'replicas: 2\n  minReadySeconds: 30').replace('busybox:1.36', 'busybox:1.35');
    await repository.commit({ 'web.yaml': slow });
    expect(await run('sync', '--timeout', '1s')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('not everything is healthy'),
    });
    await repository.commit({ 'web.yaml': (text) => text });
    expect((await run('sync', '--timeout', '50s')).code).toBe(0);
  });
});

describe('without a running Berth', () => {
  test('plan says the same as the running one did, and nothing else answers', async () => {
    await repository.commit({ 'web.yaml': (text) => text.replace('replicas: 2', 'replicas: 4') });
    const revision = await repository.commit({ 'visitor.yaml': (text) => text.replace('who knows', 'that knows') });
    await run('sync');
    const older = await repository.commit(
      { 'web.yaml': (text) => text.replace('replicas: 2', 'replicas: 5') },
      'Not brought in',
    );
    const online = await run('plan', revision, '-o', 'json');
    await run('sync');
    const onlineNow = await run('plan', revision, '-o', 'json');
    expect(onlineNow.stdout).toContain('"configured"');
    expect(online.code).toBe(0);
    expect(await run('down')).toMatchObject({ code: 0, stderr: expect.stringContaining('asking Berth') });
    const lastLine = expect.stringMatching(/stopping: asked to by `berth down`\n$/);
    expect(await up.ended()).toMatchObject({ code: 0, stdout: lastLine });
    const offline = await run(
      'plan',
      revision,
      '-o',
      'json',
      '--repo',
      repository.path,
      '--cluster',
      'box1',
      '--runtime',
      'sim',
    );
    expect(timeless(offline.stdout)).toEqual(timeless(onlineNow.stdout));
    expect(older).toMatch(/^[0-9a-f]{40}$/);
    for (const args of [['status'], ['get', 'pods'], ['sync'], ['events', '-A']]) {
      expect(await run(...args)).toMatchObject({ code: 1, stderr: expect.stringContaining('error[NotRunning]') });
    }
  });

  test('the store is checked, backed up and restored', async () => {
    expect(await run('store', 'check')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('the store is sound'),
    });
    const backup = join(berth.folder, 'backup');
    expect((await run('store', 'backup', backup)).code).toBe(0);
    expect(await run('store', 'restore', backup)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('StoreExists'),
    });
    expect((await run('store', 'restore', backup, '--replace')).code).toBe(0);
    expect(await run('store', 'restore', '/nonexistent')).toMatchObject({ code: 2 });
    const again = berth.start([...upArguments(), '--once']);
    expect((await again.ended()).code).toBe(0);
  });

  test('down after a kill, with a damaged store', async () => {
    const killed = berth.start(upArguments());
    await killed.waitFor(/site is healthy|✔/);
    killed.signal('SIGKILL');
    await killed.ended();
    const store = join(dataDirectory, 'store');
    for (const name of readdirSync(store)) {
      if (name.endsWith('.wal') || name.endsWith('.snap')) writeFileSync(join(store, name), 'damaged');
    }
    expect(await run('store', 'check')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('is damaged at byte'),
    });
    expect((await berth.run(upArguments())).stderr).toContain('error[StoreCorrupt]');
    expect(await run('down')).toMatchObject({ code: 0 });
  });

  test('a wrong --data-dir is named and left as it is', async () => {
    const other = join(berth.folder, 'other');
    mkdirSync(other, { mode: 0o755 });
    writeFileSync(join(other, 'precious'), 'data');
    const wrong = ['--data-dir', other];
    for (const args of [
      ['down', '--purge', '--yes'],
      ['up', '--repo', repository.path, '--runtime', 'sim'],
      ['store', 'check'],
    ]) {
      expect(await berth.run([...args, ...wrong])).toMatchObject({ code: 2, stderr: expect.stringContaining(other) });
    }
    expect(readdirSync(other)).toEqual(['precious']);
    expect(statSync(other).mode & 0o777).toBe(0o755);
    expect(await berth.run(['status', ...wrong])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('NotRunning'),
    });
    expect(await berth.run(['down', '--data-dir', join(berth.folder, 'missing')])).toMatchObject({ code: 2 });
  });

  test('--purge deletes only what is Berth’s and follows no link', async () => {
    const outside = join(berth.folder, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'precious'), 'data');
    mkdirSync(join(dataDirectory, 'pods'), { recursive: true });
    symlinkSync(outside, join(dataDirectory, 'pods', 'link'));
    writeFileSync(join(dataDirectory, 'notes.txt'), 'mine');
    const purged = await run('down', '--purge');
    expect(purged).toMatchObject({ code: 0, stderr: expect.stringContaining('notes.txt') });
    expect(purged.stderr).toContain('took the folder box1 off the branch berth-status');
    expect(readdirSync(dataDirectory)).toEqual(['notes.txt']);
    expect(readdirSync(outside)).toEqual(['precious']);
    expect((await run('down', '--purge')).code).toBe(2);
  });
});

describe('the data directory', () => {
  test('is the option’s, else the environment’s, else the configuration file’s', async () => {
    const config = join(berth.folder, 'config.yaml');
    writeFileSync(config, 'dataDirectory: /nonexistent/from-file\n');
    const ask = (args: readonly string[], environment: Record<string, string>) =>
      berth.run(['status', ...args], { environment });
    const file = { BERTH_CONFIG: config };
    const both = { ...file, BERTH_DATA_DIR: '/nonexistent/from-environment' };
    expect((await ask([], file)).stderr).toContain('/nonexistent/from-file/berth.sock');
    expect((await ask([], both)).stderr).toContain('/nonexistent/from-environment/berth.sock');
    expect((await ask(['--data-dir', '/nonexistent/option'], both)).stderr).toContain('/nonexistent/option/berth.sock');
  });
});

describe('install', () => {
  const root = () => join(berth.folder, 'root');
  const install = (...args: readonly string[]) => berth.run(['install', '--root', root(), ...args]);

  test('--print writes nothing', async () => {
    const { code, stdout } = await install('--repo', repository.path, '--cluster', 'box1', '--print');
    expect(code).toBe(0);
    expect(stdout).toContain(`repository: ${repository.path}`);
    expect(stdout).toContain('ExecStart=');
    expect(existsSync(root())).toBe(false);
  });

  test('writes a configuration that holds, never over one that is there, and takes it away again', async () => {
    expect(await install()).toMatchObject({ code: 2, stderr: expect.stringContaining('--repo is missing') });
    expect(
      (await install('--repo', repository.path, '--interval', '90s', '--token-file', '/etc/berth/token')).code,
    ).toBe(0);
    const file = join(root(), 'etc/berth/config.yaml');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toMatch(/interval: 1m30s\ntokenFile: \/etc\/berth\/token/);
    expect(await install('--repo', '/other.git')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--force'),
    });
    expect(readFileSync(file, 'utf8')).toContain(repository.path);
    expect((await install()).code).toBe(0);
    expect((await install('--repo', '/other.git', '--force')).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('repository: /other.git');
    const unit = join(root(), 'etc/systemd/system/berth.service');
    expect(readFileSync(unit, 'utf8')).toContain('up --config /etc/berth/config.yaml');
    expect(await berth.run(['uninstall', '--root', root()])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('containers go on'),
    });
    expect(existsSync(unit)).toBe(false);
    expect(existsSync(file)).toBe(true);
    expect((await berth.run(['uninstall', '--root', root(), '--purge'])).code).toBe(0);
    expect(existsSync(file)).toBe(false);
  });
});

test('completion for bash completes', async () => {
  const { stdout } = await berth.run(['completion', 'bash']);
  const complete = (...words: readonly string[]) => {
    const script = `${stdout}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _berth; echo "\${COMPREPLY[@]}"`;
    return spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout.trim().split(' ');
  };
  expect(complete('berth', 'st')).toEqual(['store', 'status']);
  expect(complete('berth', 'store', '')).toEqual(['check', 'backup', 'restore']);
  expect(complete('berth', 'get', '-o', 'j')).toEqual(['json']);
  expect(complete('berth', 'get', 'deplo')).toEqual(['deployments']);
  expect(complete('berth', 'logs', '--fol')).toEqual(['--follow']);
  expect(complete('berth', 'render', `${berth.folder}/si`)).toEqual([repository.path]);
  expect(complete('berth', 'up', '--config', `${repository.path}/HEA`)).toEqual([join(repository.path, 'HEAD')]);
});

/** A report without what only says when it was made. */
function timeless(text: string): unknown {
  const { live, simulation: _simulation, ...report } = JSON.parse(text);
  return { ...report, live: live.source };
}
