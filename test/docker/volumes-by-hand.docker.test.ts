import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../src/objects/types.ts';
import { engineCall, ensureBusybox } from '../../src/runtime/docker/testing/engine-by-hand.ts';
import { type BerthProgram, bundleBerth } from './testing/berth-program.ts';
import { ByHand } from './testing/by-hand.ts';
import { configMap } from './testing/manifests.ts';
import { TestBox } from './testing/test-box.ts';
import { waitUntil } from './testing/wait-until.ts';

const NAMESPACES = ['own', 'brief', 'sets', 'mounts', 'purged'] as const;

let program: BerthProgram;
let box: TestBox;
/** Folders of the machine that no pod made. */
let host: string;

beforeAll(async () => {
  await ensureBusybox();
  program = await bundleBerth();
  box = await TestBox.create({ program: program.path, runtime: 'docker', cluster: 'box' });
  host = join(box.folder, 'host');
  mkdirSync(host);
  const config = join(box.folder, 'config.yaml');
  const allow = NAMESPACES.map((namespace) => `  - {namespace: ${namespace}, hostPaths: [${host}]}\n`);
  writeFileSync(config, `repository: ${box.repository.path}\nallow:\n${allow.join('')}`);
  const commit = await box.repository.push({ 'a.yaml': configMap('here', { a: '1' }) });
  await box.start({ args: ['--config', config] });
  await box.berth.reaches(commit, 'Healthy');
  for (const name of NAMESPACES) {
    await in_(name).create(`{apiVersion: v1, kind: Namespace, metadata: {name: ${name}}}`);
  }
});

afterAll(async () => {
  await box?.remove();
  await program?.remove();
});

const in_ = (namespace: (typeof NAMESPACES)[number]) => new ByHand(() => box.berth, namespace);
const storage = () => readdirSync(join(box.dataDirectory, 'storage'));
const storedFor = (claim: string) => storage().filter((name) => name.endsWith(`_${claim}`));

function folder(name: string): string {
  const path = join(host, name);
  mkdirSync(path);
  return path;
}

/** A pod that runs one script and, unless told otherwise, ends. */
function pod(
  name: string,
  script: string,
  lines: { readonly volumes: string; readonly mounts: string; spec?: string },
) {
  return `apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 1
  ${lines.spec ?? ''}
  volumes: [${lines.volumes}]
  containers:
    - name: app
      image: busybox:1.36
      command: [sh, -c, ${JSON.stringify(script)}]
      volumeMounts: [${lines.mounts}]
`;
}

const claimed = (claim: string) => `{name: v, persistentVolumeClaim: {claimName: ${claim}}}`;
const MOUNT = '{name: v, mountPath: /v}';

function claim(name: string, spec: string, size = '1Mi'): string {
  return `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: ${name}}
spec: {accessModes: [ReadWriteOnce], ${spec}, resources: {requests: {storage: ${size}}}}
`;
}

function volume(
  name: string,
  spec: string,
  options: { readonly size?: string; readonly labels?: string } = {},
): string {
  return `apiVersion: v1
kind: PersistentVolume
metadata: {name: ${name}, labels: {${options.labels ?? ''}}}
spec: {accessModes: [ReadWriteOnce], capacity: {storage: ${options.size ?? '1Gi'}}, ${spec}}
`;
}

const onNode = (name: string) =>
  `nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [${name}]}]}]}}`;
const volumePhase = (phase: string) => (one: PersistentVolume) => one.status?.phase === phase;
const bound = (one: PersistentVolumeClaim) => one.status?.phase === 'Bound';

test.concurrent('a hostPath volume goes to the claim that selects it, is kept when that goes, and is given on when a person says so', async () => {
  const own = in_('own');
  const path = folder('slow');
  const source = `storageClassName: "", persistentVolumeReclaimPolicy: Retain, hostPath: {path: ${path}, type: Directory}`;
  await own.create(volume('slow', source, { labels: 'disk: slow' }));
  await own.create(volume('fast', source.replace(path, folder('fast')), { labels: 'disk: fast' }));
  const wants = (name: string, size?: string) =>
    claim(name, 'storageClassName: "", selector: {matchLabels: {disk: slow}}', size);
  await own.create(wants('large', '2Gi'));
  await own.create(wants('first'));
  expect((await own.is<PersistentVolumeClaim>('PersistentVolumeClaim', 'first', 'is bound', bound)).spec).toMatchObject(
    {
      volumeName: 'slow',
    },
  );
  await own.create(pod('writes', 'echo kept > /v/data', { volumes: claimed('first'), mounts: MOUNT }));
  await own.podIs('writes', 'Succeeded');
  await own.remove('Pod', 'writes');
  await own.remove('PersistentVolumeClaim', 'first');
  await own.is('PersistentVolume', 'slow', 'is released', volumePhase('Released'));
  expect(readFileSync(join(path, 'data'), 'utf8')).toBe('kept\n');

  await own.create(wants('second'));
  await own.create(pod('reads', 'cat /v/data', { volumes: claimed('second'), mounts: MOUNT }));
  await waitUntil('the pod is told why it waits', async () =>
    (await own.events()).some((event) => event.startsWith('FailedScheduling') && event.includes('unbound')),
  );
  expect(await own.find('PersistentVolumeClaim', 'second')).toMatchObject({ status: { phase: 'Pending' } });
  await own.patch('PersistentVolume', 'slow', { spec: { claimRef: null } });
  await own.podIs('reads', 'Succeeded');
  expect(await own.log('reads')).toEqual(['kept']);
  expect(await own.find('PersistentVolumeClaim', 'large')).toMatchObject({ status: { phase: 'Pending' } });
  expect(await own.find('PersistentVolume', 'fast')).toMatchObject({ status: { phase: 'Available' } });
});

test.concurrent("a local volume is reached from its node only, and nobody deletes a folder that is not Berth's", async () => {
  const own = in_('own');
  const path = folder('here');
  const local = (at: string, node: string) =>
    `storageClassName: manual, persistentVolumeReclaimPolicy: Delete, local: {path: ${at}}, ${onNode(node)}`;
  await own.create(volume('here', local(path, 'box')));
  await own.create(volume('there', local(folder('there'), 'other')));
  await own.create(claim('here', 'storageClassName: manual, volumeName: here'));
  await own.create(claim('there', 'storageClassName: manual, volumeName: there'));
  await own.create(pod('far', 'true', { volumes: claimed('there'), mounts: MOUNT }));
  await own.create(pod('near', 'echo mine > /v/data', { volumes: claimed('here'), mounts: MOUNT }));
  await own.podIs('near', 'Succeeded');
  await waitUntil('the other pod is told why it waits', async () =>
    (await own.events()).some((event) => event.includes('1 node(s) had volume node affinity conflict')),
  );
  const late = join(host, 'late');
  await own.create(volume('late', local(late, 'box').replace('Delete', 'Retain')));
  await own.create(claim('late', 'storageClassName: manual, volumeName: late'));
  await own.create(pod('late', 'true', { volumes: claimed('late'), mounts: MOUNT }));
  await waitUntil('it is told which folder is missing', async () =>
    (await own.events()).some((event) => event.startsWith('FailedMount') && event.includes(`"${late}" does not exist`)),
  );
  await own.remove('Pod', 'late');

  await own.delete('PersistentVolumeClaim', 'here');
  // "PVC is in active use by a Pod when a Pod object exists that is using the PVC", also one that has ended.
  expect(await own.find('PersistentVolumeClaim', 'here')).toMatchObject({
    metadata: { deletionTimestamp: expect.any(String) },
  });
  await own.remove('Pod', 'near');
  await own.gone('PersistentVolumeClaim', 'here');
  const failed = await own.is<PersistentVolume>('PersistentVolume', 'here', 'has failed', volumePhase('Failed'));
  expect(failed.status?.message).toContain('no deletable volume plugin matched');
  expect(readFileSync(join(path, 'data'), 'utf8')).toBe('mine\n');
});

test.concurrent('an ephemeral volume is made with its pod, outlives its containers, and goes with it', async () => {
  const brief = in_('brief');
  const template =
    '{name: v, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}}}}';
  const script = 'cat /v/starts; cat /e/starts; date >> /v/starts; date >> /e/starts; test -f /v/go; sleep 1000';
  await brief.create(
    pod('one', script, {
      volumes: `${template}, {name: e, emptyDir: {}}`,
      mounts: `${MOUNT}, {name: e, mountPath: /e}`,
      spec: 'restartPolicy: Always',
    }).replace('restartPolicy: Never\n', '\n'),
  );
  const { metadata } = await brief.podIs('one', 'Running');
  expect(await brief.find<PersistentVolumeClaim>('PersistentVolumeClaim', 'one-v')).toMatchObject({
    metadata: { ownerReferences: [{ kind: 'Pod', name: 'one', uid: metadata.uid, controller: true }] },
    status: { phase: 'Bound' },
  });
  await waitUntil('it has begun', () =>
    existsSync(join(box.dataDirectory, 'storage', storedFor('one-v')[0] ?? '', 'starts')),
  );
  await killContainers(metadata.uid);
  await brief.is<Pod>(
    'Pod',
    'one',
    'was restarted',
    ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1,
  );
  await waitUntil('both files were found again', async () => (await brief.log('one')).length === 2);
  expect(storedFor('one-v')).toHaveLength(1);
  await brief.remove('Pod', 'one');
  await brief.gone('PersistentVolumeClaim', 'one-v');
  await waitUntil('its folder is gone', () => storedFor('one-v').length === 0);
});

/** Kills what runs in a pod behind Berth's back. */
async function killContainers(podUid: string): Promise<void> {
  const of = (await box.containers()).filter(({ Labels }) => Labels['io.kubernetes.pod.uid'] === podUid);
  const apps = of.filter(
    ({ State, Labels }) => State === 'running' && Labels['io.kubernetes.docker.type'] === 'container',
  );
  for (const { Id } of apps) await engineCall('POST', `/containers/${Id}/kill?signal=KILL`);
}

function set(name: string, retention: string, replicas = 2): string {
  return `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  podManagementPolicy: Parallel
  serviceName: ${name}
  selector: {matchLabels: {app: ${name}}}
  persistentVolumeClaimRetentionPolicy: ${retention}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: app
          image: busybox:1.36
          command: [sh, -c, 'hostname >> /v/starts; cat /v/starts; exec sleep 1000']
          volumeMounts: [{name: v, mountPath: /v}]
  volumeClaimTemplates:
    - metadata: {name: v}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
`;
}

test.concurrent('what a StatefulSet that shrinks or goes leaves behind is what its policy says', async () => {
  const sets = in_('sets');
  await sets.create(set('keeps', '{whenScaled: Delete, whenDeleted: Retain}'));
  await sets.create(set('clears', '{whenScaled: Retain, whenDeleted: Delete}'));
  const names = ['keeps-0', 'keeps-1', 'clears-0', 'clears-1'];
  await Promise.all(names.map((name) => sets.podIs(name, 'Running')));
  // Whether somebody pulls the whole pod from under Berth or deletes it without grace: the next one of the name has its files.
  const { metadata } = await sets.podIs('keeps-0', 'Running');
  const ofPod = (await box.containers()).filter(({ Labels }) => Labels['io.kubernetes.pod.uid'] === metadata.uid);
  for (const { Id } of ofPod) await engineCall('DELETE', `/containers/${Id}?force=1`);
  await sets.delete('Pod', 'clears-0', 0);
  for (const name of ['keeps-0', 'clears-0'])
    await waitUntil(`${name} found its file`, async () => (await sets.log(name)).length === 2);

  for (const name of ['keeps', 'clears']) await sets.patch('StatefulSet', name, { spec: { replicas: 1 } });
  await sets.gone('PersistentVolumeClaim', 'v-keeps-1');
  await sets.gone('Pod', 'clears-1');
  await waitUntil('its folder is gone', () => storedFor('v-keeps-1').length === 0);
  expect(storedFor('v-clears-1')).toHaveLength(1);
  await sets.patch('StatefulSet', 'clears', { spec: { replicas: 2 } });
  await waitUntil('it found its file', async () => (await sets.log('clears-1')).length === 2);

  for (const name of ['keeps', 'clears']) await sets.delete('StatefulSet', name);
  await Promise.all(['keeps-0', 'clears-0', 'clears-1'].map((name) => sets.gone('Pod', name)));
  for (const name of ['v-clears-0', 'v-clears-1']) await sets.gone('PersistentVolumeClaim', name);
  await waitUntil(
    'their folders are gone',
    () => storedFor('v-clears-0').length + storedFor('v-clears-1').length === 0,
  );
  expect(storedFor('v-keeps-0')).toHaveLength(1);
  await sets.create(set('keeps', '{whenScaled: Delete, whenDeleted: Retain}', 1));
  await waitUntil('it found its file', async () => (await sets.log('keeps-0')).length === 3);
});

test.concurrent('mounts: parts of a volume, read only, owned by the group of the pod, and never what a link leads to', async () => {
  const mounts = in_('mounts');
  await mounts.create(
    volume('by-link', `storageClassName: manual, local: {path: ${folder('linked')}}, ${onNode('box')}`),
  );
  await mounts.create(claim('files', 'storageClassName: local-path'));
  await mounts.create(claim('linked', 'storageClassName: manual, volumeName: by-link'));
  const both = `${claimed('files')}, {name: w, persistentVolumeClaim: {claimName: linked}}`;
  const MOUNTS = `${MOUNT}, {name: w, mountPath: /w}`;
  // Written by root without any group, as an older pod or a restore leaves it.
  const fill = 'for d in /v /w; do mkdir -p $d/deep && echo secret > $d/deep/file && chmod 600 $d/deep/file; done';
  const script = `umask 077; ${fill}; ln -s /etc /v/out; ln -s ../deep /v/deep/in`;
  await mounts.create(pod('fills', script, { volumes: both, mounts: MOUNTS }));
  await mounts.podIs('fills', 'Succeeded');

  const group = 'securityContext: {runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000}';
  const parts = [
    `${MOUNTS}, {name: v, mountPath: /part, subPath: deep}`,
    '{name: v, mountPath: /made, subPath: a/b}, {name: v, mountPath: /ro, readOnly: true}',
  ].join(', ');
  const reads =
    'cat /v/deep/file /w/deep/file /part/file; touch /v/deep/new /w/deep/new /made/x || echo refused; touch /ro/x /ro/deep/x && echo written; stat -c %g /v/deep/new /w/deep/new';
  await mounts.create(pod('reads', reads, { volumes: both, mounts: parts, spec: group }));
  await mounts.podIs('reads', 'Succeeded');
  const lines = await mounts.log('reads');
  expect(lines.filter((line) => !line.includes('Read-only file system'))).toEqual([
    'secret',
    'secret',
    'secret',
    '2000',
    '2000',
  ]);
  expect(lines.filter((line) => line.includes('Read-only file system'))).toHaveLength(2);

  const readOnly = '{name: v, persistentVolumeClaim: {claimName: files, readOnly: true}}';
  await mounts.create(pod('locked', 'touch /v/x', { volumes: readOnly, mounts: MOUNT }));
  await mounts.create(
    pod('escapes', 'ls /part', { volumes: claimed('files'), mounts: '{name: v, mountPath: /part, subPath: out}' }),
  );
  await mounts.podIs('locked', 'Failed');
  expect((await mounts.log('locked')).join()).toContain('Read-only file system');
  const refused = await mounts.is<Pod>('Pod', 'escapes', 'is refused', ({ status }) =>
    status?.containerStatuses?.[0]?.state?.waiting?.reason?.startsWith('CreateContainer'),
  );
  expect(refused.status?.containerStatuses?.[0]?.state?.waiting?.message).toContain('leads out of its volume');
});

test('down lets containers end, keeps all volumes, and with --purge only those that Berth made go', async () => {
  const purged = in_('purged');
  const path = folder('theirs');
  await purged.create(volume('theirs', `storageClassName: theirs, hostPath: {path: ${path}}`));
  await purged.create(claim('theirs', 'storageClassName: theirs'));
  await purged.create(claim('ours', 'storageClassName: local-path'));
  const both = `${claimed('ours')}, {name: w, persistentVolumeClaim: {claimName: theirs}}`;
  const script =
    'trap "echo ended >> /v/data; exit 0" TERM; echo 1 > /v/data; echo 2 > /w/data; while :; do sleep 0.1; done';
  await purged.create(pod('writes', script, { volumes: both, mounts: `${MOUNT}, {name: w, mountPath: /w}` }));
  await purged.podIs('writes', 'Running');
  await waitUntil('it has written', () => existsSync(join(path, 'data')));
  const [ours = ''] = storedFor('ours');

  const stop = await box.run('down');
  expect(stop).toMatchObject({ code: 0, output: expect.stringContaining('containers, which have up to 1s to end') });
  expect(stop.output).not.toContain('purged/writes');
  expect(readFileSync(join(box.dataDirectory, 'storage', ours, 'data'), 'utf8')).toBe('1\nended\n');
  expect(await box.containers()).toEqual([]);
  const count = storage().length;
  const down = await box.run('down', '--purge', '--yes');
  expect(down.code).toBe(0);
  expect(down.output).toContain(`, the data of ${count} persistent volumes included`);
  expect(existsSync(box.dataDirectory)).toBe(false);
  expect(readFileSync(join(path, 'data'), 'utf8')).toBe('2\n');
});
