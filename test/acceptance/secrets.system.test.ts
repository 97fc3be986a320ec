import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type BerthProgram, bundleBerth } from '../docker/testing/berth-program.ts';
import { deployment } from '../docker/testing/manifests.ts';
import { TestBox } from '../docker/testing/test-box.ts';
import { waitUntil } from '../docker/testing/wait-until.ts';

let program: BerthProgram;
let box: TestBox;

beforeAll(async () => {
  program = await bundleBerth();
});

afterEach(() => box?.remove());
afterAll(() => program?.remove());

const MARKER = 'MARKER-7c1f-hunter2';
const ENCODED = Buffer.from(MARKER).toString('base64');

const secret = (name: string, fields: string) =>
  `apiVersion: v1\nkind: Secret\nmetadata: {name: ${name}, namespace: default}\n${fields}`;

const DOCKER_CONFIG = Buffer.from(
  JSON.stringify({ auths: { 'registry.invalid': { username: 'u', password: MARKER } } }),
).toString('base64');

/** Everything with the marker that may be in a repository without an error. */
const GOOD = {
  'secret.yaml': secret('plain', `stringData: {password: ${MARKER}}\ndata: {more: ${ENCODED}}\n`),
  'pull.yaml': secret('pull', `type: kubernetes.io/dockerconfigjson\ndata: {.dockerconfigjson: ${DOCKER_CONFIG}}\n`),
  'web.yaml': deployment('web', {
    pod: 'imagePullSecrets: [{name: pull}]\nvolumes: [{name: s, secret: {secretName: plain}}]',
    container: `env:
  - {name: LITERAL, value: ${MARKER}}
  - {name: BY_REFERENCE, valueFrom: {secretKeyRef: {name: plain, key: password}}}
volumeMounts: [{name: s, mountPath: /s}]`,
  }),
};

/** What is broken in or beside a Secret; each is refused with an error that must not quote the value. */
const BROKEN: readonly (readonly [string, string])[] = [
  ['a value of the wrong type', secret('bad', `stringData: {password: [${MARKER}]}\n`)],
  ['a value that is no base64', secret('bad', `data: {password: "${MARKER}"}\n`)],
  ['the value as a field', secret('bad', `stringdata: {password: ${MARKER}}\n`)],
  ['a syntax error on the line of the value', secret('bad', `stringData: {password: "${MARKER}\n`)],
  ['a syntax error after the value', secret('bad', `stringData:\n  password: ${MARKER}: x\n`)],
  ['a duplicate key', secret('bad', `stringData: {password: ${MARKER}, password: ${MARKER}}\n`)],
  ['a tab before the value', secret('bad', `stringData:\n\tpassword: ${MARKER}\n`)],
  ['a block text with wrong indentation', secret('bad', `stringData:\n  password: |\n    a\n   ${MARKER}\n`)],
  ['an unknown type', secret('bad', `type: kubernetes.io/tls\nstringData: {password: ${MARKER}}\n`)],
  [
    'a pull secret that is no JSON',
    secret('bad', `type: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: "{${MARKER}"}\n`),
  ],
  ['a wrong name', secret('No_Name', `stringData: {password: ${MARKER}}\n`)],
  ['a broken document after it', `${secret('fine', `stringData: {password: ${MARKER}}\n`)}---\nkind: [\n`],
  ['an immutable one', `${secret('fixed', `immutable: true\nstringData: {password: ${MARKER}}\n`)}`],
  ['a type that changes', secret('plain', `type: example.com/other\nstringData: {password: ${MARKER}}\n`)],
];

function expectNoSecret(where: string, text: string): void {
  for (const value of [MARKER, ENCODED, DOCKER_CONFIG]) {
    const at = text.indexOf(value);
    if (at >= 0) throw new Error(`a secret in ${where}: …${text.slice(Math.max(0, at - 300), at + 100)}…`);
  }
}

test('a secret’s value reaches no log, event, status, error or line on the terminal', async () => {
  box = await TestBox.create({ program: program.path, runtime: 'sim' });
  const first = await box.repository.push(GOOD);
  await box.start();
  await box.berth.reaches(first, 'Healthy');

  const errors: string[] = [];
  for (const [name, text] of BROKEN) {
    const commit = await box.repository.push({
      ...GOOD,
      [name === 'a type that changes' ? 'secret.yaml' : 'bad.yaml']: text,
    });
    const status = await box.berth.reaches(commit, ['Invalid', 'Healthy']);
    if (status.phase === 'Healthy' && name !== 'an immutable one') errors.push(`${name} is taken`);
    expectNoSecret(`the status of ${name}`, JSON.stringify(await box.berth.status()));
  }
  expect(errors).toEqual([]);
  const changed = GOOD['web.yaml'].replace('version: "1"', 'version: "2"');
  const rotated = GOOD['secret.yaml'].replace('data: {more', `data: {other: ${ENCODED}, more`);
  const last = await box.repository.push({ ...GOOD, 'secret.yaml': rotated, 'web.yaml': changed });
  await box.berth.reaches(last, 'Healthy');

  const path = '/api/v1/namespaces/default/secrets';
  const bodies = [
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'No_Name' }, stringData: { a: MARKER } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, stringData: [MARKER] },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, data: { a: MARKER } },
    `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"stringData":{"a":"${MARKER}"`,
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, type: 'kubernetes.io/tls', stringData: { a: MARKER } },
  ];
  for (const body of bodies) {
    const answer = await box.berth.call('POST', path, body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expectNoSecret(`the API's answer ${answer.status}`, answer.body);
  }
  await waitUntil('the status branch has the last commit', async () =>
    (await box.repository.statusFile('box/status.yaml'))?.includes(last),
  );
  expectNoSecret('the events', JSON.stringify(await box.berth.events()));
  for (const form of ['text', 'json', 'markdown', 'github'])
    expectNoSecret(`the plan as ${form}`, (await box.run('plan', `${first}`, '-o', form)).output);
  expectNoSecret('the status', JSON.stringify(await box.berth.status()));
  expectNoSecret('the status branch', await box.repository.readStatusHistory());
  await box.berth.stop();
  expectNoSecret('the log', box.transcript);
});
