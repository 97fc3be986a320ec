import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../src/objects/types.ts';
import { type BerthProgram, bundleBerth } from './testing/berth-program.ts';
import { TestBox } from './testing/test-box.ts';
import { waitUntil } from './testing/wait-until.ts';

let program: BerthProgram;
let box: TestBox;

beforeAll(async () => {
  program = await bundleBerth();
});
afterEach(() => box?.remove());
afterAll(() => program?.remove());

/** Each start adds a line to a file on the pod's volume, by an init container, and the pod waits from then on. */
function database(replicas: number, retention = 'Retain'): string {
  return `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: ${replicas}
  serviceName: db
  selector: {matchLabels: {app: db}}
  persistentVolumeClaimRetentionPolicy: {whenScaled: ${retention}, whenDeleted: Retain}
  template:
    metadata: {labels: {app: db}}
    spec:
      terminationGracePeriodSeconds: 1
      securityContext: {runAsUser: 1000, fsGroup: 2000}
      initContainers:
        - name: note
          image: busybox:1.36
          command: [sh, -c, 'hostname >> /data/starts; date +%s >> /data/times']
          volumeMounts: [{name: data, mountPath: /data}]
      containers:
        - name: db
          image: busybox:1.36
          command: [sh, -c, 'touch /data/written; cat /data/starts; sleep 1000']
          volumeMounts:
            - {name: data, mountPath: /data}
            - {name: data, mountPath: /sub, subPath: deep/er}
            - {name: data, mountPath: /locked, readOnly: true}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 80}]}
`;
}

const list = async <T>(path: string) => (await box.berth.get<{ items: T[] }>(path)).items;
const claims = () => list<PersistentVolumeClaim>('/api/v1/namespaces/default/persistentvolumeclaims');
const volumes = () => list<PersistentVolume>('/api/v1/persistentvolumes');
const podNamed = (name: string) => box.berth.get<Pod>(`/api/v1/namespaces/default/pods/${name}`).catch(() => undefined);
const logOf = async (name: string) =>
  (await box.berth.call('GET', `/api/v1/namespaces/default/pods/${name}/log`)).body.trim().split('\n');

/** Waits until the pod is ready and is not the one with `exceptUid`. */
async function ready(name: string, exceptUid = ''): Promise<Pod> {
  return waitUntil(`${name} is ready`, async () => {
    const pod = await podNamed(name);
    const isReady = pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    return pod?.metadata.uid !== exceptUid && isReady === true && pod;
  });
}

const storage = () => join(box.dataDirectory, 'storage');

test("a StatefulSet's pod finds its files again: after a deletion, a restart of Berth and a scaling", async () => {
  box = await TestBox.create({ program: program.path, runtime: 'docker' });
  const first = await box.repository.push({ 'db.yaml': database(2) });
  await box.start();
  await box.berth.reaches(first, 'Healthy');
  expect(await logOf('db-0')).toEqual(['db-0']);
  const names = (await claims()).map(({ metadata, spec }) => `${metadata.name} ${spec?.volumeName}`);
  expect(statSync(storage()).mode & 0o777).toBe(0o700);
  const [folder = ''] = readdirSync(storage()).filter((name) => name.endsWith('_default_data-db-0'));
  expect(statSync(join(storage(), folder))).toMatchObject({ gid: 2000 });
  expect(existsSync(join(storage(), folder, 'deep/er'))).toBe(true);

  const { uid } = (await ready('db-0')).metadata;
  await box.berth.call('DELETE', '/api/v1/namespaces/default/pods/db-0');
  await ready('db-0', uid);
  expect(await logOf('db-0')).toEqual(['db-0', 'db-0']);

  const again = (await ready('db-0')).metadata.uid;
  await box.restart('SIGKILL');
  expect((await ready('db-0')).metadata.uid).toBe(again);
  const second = await box.repository.push({ 'db.yaml': database(1) });
  await box.berth.reaches(second, 'Healthy');
  await waitUntil('db-1 is gone', async () => (await podNamed('db-1')) === undefined);
  const third = await box.repository.push({ 'db.yaml': database(2) });
  await box.berth.reaches(third, 'Healthy');
  expect(await logOf('db-1')).toEqual(['db-1', 'db-1']);
  expect((await claims()).map(({ metadata, spec }) => `${metadata.name} ${spec?.volumeName}`)).toEqual(names);

  const fourth = await box.repository.push({ 'db.yaml': database(1, 'Delete') });
  await box.berth.reaches(fourth, 'Healthy');
  await waitUntil('the volume of db-1 is gone', async () => (await volumes()).length === 1);
  expect(readdirSync(storage())).toEqual([folder]);
  expect((await claims()).map(({ metadata }) => metadata.name)).toEqual(['data-db-0']);
}, 180_000);
