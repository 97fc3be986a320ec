import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { encryptBinary, encryptSecret } from '../../src/manifests/decrypt/testing/encrypt-sops.ts';
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

const MARKER = 'MARKER-9b2e-hunter2';

/** As it is, and in base64 at each of the three places where it may begin in a longer text. */
const FORMS = [MARKER, ...['', 'x', 'xx'].map((lead) => base64Core(lead))];

function base64Core(lead: string): string {
  const encoded = Buffer.from(lead + MARKER).toString('base64');
  return encoded.slice(lead.length === 0 ? 0 : 4, encoded.length - 4);
}

function expectNoSecret(where: string, text: string): void {
  for (const form of FORMS) {
    const at = text.indexOf(form);
    if (at >= 0) throw new Error(`a secret in ${where}: …${text.slice(Math.max(0, at - 300), at + 100)}…`);
  }
}

/** Everything that Berth keeps, but the store and the files of pods, which have to hold Secrets. */
function filesOf(dataDirectory: string): readonly string[] {
  return readdirSync(dataDirectory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => !/^(?:store|pods|secrets)\//.test(path.slice(dataDirectory.length + 1)));
}

const SETTINGS = 'apiVersion: berth.dev/v1alpha1\nkind: Application\nspec:\n  decryption: {provider: sops}\n';

test('what was encrypted, and what lies on the box only, is nowhere but where it is used', async () => {
  box = await TestBox.create({ program: program.path, runtime: 'sim' });
  const [identity, other] = await Promise.all([generateIdentity(), generateIdentity()]);
  const recipient = await identityToRecipient(identity);
  const [keyFile, config] = [join(box.folder, 'keys.txt'), join(box.folder, 'config.yaml')];
  const secretFolder = join(box.folder, 'box-secrets');
  mkdirSync(join(secretFolder, 'default/of-the-box'), { recursive: true, mode: 0o700 });
  writeFileSync(join(secretFolder, 'default/of-the-box/password'), MARKER, { mode: 0o600 });
  writeFileSync(keyFile, `${other}\n`, { mode: 0o600 });
  chmodSync(keyFile, 0o600);
  writeFileSync(config, `ageKeyFile: ${keyFile}\nsecretsDirectory: ${secretFolder}\n`);
  const secret = await encryptSecret('encrypted', { password: MARKER }, [recipient]);
  const files = {
    'berth.yaml': SETTINGS,
    'kustomization.yaml':
      'resources: [s.yaml, web.yaml]\nsecretGenerator: [{name: made, files: [token]}]\ngeneratorOptions: {disableNameSuffixHash: true}\n',
    's.yaml': secret,
    token: await encryptBinary(MARKER, { recipients: [recipient] }),
    'web.yaml': deployment('web', {
      container: `env:
  - {name: A, valueFrom: {secretKeyRef: {name: encrypted, key: password}}}
  - {name: B, valueFrom: {secretKeyRef: {name: made, key: token}}}
  - {name: C, valueFrom: {secretKeyRef: {name: of-the-box, key: password}}}`,
    }),
  };
  const first = await box.repository.push(files);
  await box.start({ args: ['--config', config] });
  const refused = await box.berth.reaches(first, 'Invalid');
  expect(JSON.stringify(refused)).toContain('DecryptionKeyMissing');
  expect(JSON.stringify(refused)).toContain(recipient);
  expect(JSON.stringify(refused)).not.toContain('AGE-SECRET-KEY');

  writeFileSync(keyFile, `${other}\n${identity}\n`);
  await box.berth.reaches(first, 'Healthy');
  const secrets = (await box.berth.call('GET', '/api/v1/namespaces/default/secrets')).body;
  for (const field of ['"password"', '"token"']) expect(secrets).toContain(field);
  expect(secrets.split(Buffer.from(MARKER).toString('base64'))).toHaveLength(4);

  const leak =
    'replacements:\n- source: {kind: Secret, name: encrypted, fieldPath: stringData.password}\n  targets: [{select: {kind: Deployment}, fieldPaths: [metadata.annotations.leak], options: {create: true}}]\n';
  const leaking = await box.repository.push({ ...files, 'kustomization.yaml': files['kustomization.yaml'] + leak });
  expect(JSON.stringify(await box.berth.reaches(leaking, 'Invalid'))).toContain('RenderRefused');
  const tampered = await box.repository.push({ ...files, 's.yaml': secret.replace('name: encrypted', 'name: other') });
  expect(JSON.stringify(await box.berth.reaches(tampered, 'Invalid'))).toContain('DecryptionFailed');
  const last = await box.repository.push({ ...files, 'README.md': 'x' });
  await box.berth.reaches(last, 'Healthy');
  await box.berth.stop();
  await box.start({ args: ['--config', config] });
  await box.berth.reaches(last, 'Healthy');

  await waitUntil('the status branch has the last commit', async () =>
    (await box.repository.statusFile('box/status.yaml'))?.includes(last),
  );
  expectNoSecret('the events', JSON.stringify(await box.berth.events()));
  expectNoSecret('the plan', (await box.berth.call('GET', '/berth/v1/plan')).body);
  expectNoSecret('the status', JSON.stringify(await box.berth.status()));
  expectNoSecret('the status branch', await box.repository.readStatusHistory());
  await box.berth.stop();
  expectNoSecret('the log', box.transcript);
  const kept = filesOf(box.dataDirectory);
  expect(kept.length).toBeGreaterThan(0);
  for (const path of kept) expectNoSecret(path, readFileSync(path, 'latin1'));
});
