import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureBusybox } from '../../src/runtime/docker/testing/engine-by-hand.ts';
import { REGISTRY_PASSWORD, REGISTRY_USER, startFakeRegistry } from '../../src/runtime/docker/testing/fake-registry.ts';
import { type BerthProgram, bundleBerth } from './testing/berth-program.ts';
import { deployment } from './testing/manifests.ts';
import { TestBox } from './testing/test-box.ts';
import { waitUntil } from './testing/wait-until.ts';

let program: BerthProgram;
let box: TestBox;

beforeAll(async () => {
  await ensureBusybox();
  program = await bundleBerth();
  box = await TestBox.create({ program: program.path, runtime: 'docker' });
});

afterAll(async () => {
  await box?.remove();
  await program?.remove();
});

const MARKER = 'MARKER-9d2e-hunter2';
const ENV = `env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: plain, key: password}}}]`;

test('what containers, probes and registries say of a secret does not leave the box', async () => {
  const registry = await startFakeRegistry();
  try {
    const auths = { [registry.host]: { username: REGISTRY_USER, password: `${REGISTRY_PASSWORD}${MARKER}` } };
    const config = Buffer.from(JSON.stringify({ auths })).toString('base64');
    const files = {
      'secrets.yaml': `apiVersion: v1
kind: Secret
metadata: {name: plain}
stringData: {password: ${MARKER}}
---
apiVersion: v1
kind: Secret
metadata: {name: pull}
type: kubernetes.io/dockerconfigjson
data: {.dockerconfigjson: ${config}}
`,
      'crash.yaml': deployment('crash', {
        command: ['sh', '-c', 'echo connecting with $PASSWORD; exit 1'],
        container: `${ENV}\nterminationMessagePolicy: FallbackToLogsOnError`,
      }),
      'message.yaml': deployment('message', {
        command: ['sh', '-c', 'echo -n $PASSWORD > /dev/termination-log; exit 1'],
        container: ENV,
      }),
      'probe.yaml': deployment('probe', {
        container: `${ENV}\nreadinessProbe: {exec: {command: [sh, -c, "echo refused $PASSWORD; exit 1"]}, periodSeconds: 1}`,
      }),
      'command.yaml': deployment('command', { command: ['/no/such/$(PASSWORD)'], container: ENV }),
      'pull.yaml': deployment('pull', {
        image: `${registry.host}/private/app:1`,
        pod: 'imagePullSecrets: [{name: pull}]',
      }),
    };
    const commit = await box.repository.push(files);
    await box.start();
    await box.berth.reaches(commit, 'Progressing');
    const events = async () => JSON.stringify(await box.berth.events());
    await waitUntil('each has failed', async () => {
      const pods = await box.berth.pods();
      const said = JSON.stringify(pods);
      return /CrashLoopBackOff/.test(said) && /ImagePullBackOff/.test(said) && /probe failed/.test(await events());
    });
    const status = JSON.stringify(await box.berth.status());
    const failures = (await box.berth.events()).filter(({ reason }) => reason !== 'Unhealthy');
    // What waits to be published is published at the end.
    expect(await box.berth.stop()).toBe(0);
    expect(await box.repository.statusFile('box/live.json')).toContain('CrashLoopBackOff');
    const places = {
      'the status branch': await box.repository.readStatusHistory(),
      'the status': status,
      'the log': box.transcript,
      'an event of a pull or a start': JSON.stringify(failures),
    };
    const leaks = Object.entries(places).flatMap(([name, text]) => {
      const at = [MARKER, config].map((value) => text.indexOf(value)).find((index) => index >= 0);
      return at === undefined ? [] : [`${name}: …${text.slice(Math.max(0, at - 250), at + 50)}…`];
    });
    expect(leaks).toEqual([]);
  } finally {
    await registry.close();
  }
});
