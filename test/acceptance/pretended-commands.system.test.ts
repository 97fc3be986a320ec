import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type BerthProgram, bundleBerth } from '../docker/testing/berth-program.ts';
import { TestBox } from '../docker/testing/test-box.ts';

let program: BerthProgram;
let box: TestBox;

beforeAll(async () => {
  program = await bundleBerth();
});

afterEach(() => box?.remove());
afterAll(() => program?.remove());

const job = (name: string, command: string, more = '') => `
apiVersion: batch/v1
kind: Job
metadata: { name: ${name} }
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      ${more}
      containers: [{ name: main, image: task:1${command} }]
`;

test('without an engine, what is to end ends, and as its command says', async () => {
  box = await TestBox.create({ program: program.path, runtime: 'sim' });
  const init = "initContainers: [{ name: prepare, image: task:1, command: ['true'] }]";
  const good = await box.repository.push({ 'a.yaml': job('unknown', ''), 'b.yaml': job('prepared', '', init) });
  await box.start();
  await box.berth.reaches(good, 'Healthy');

  const bad = await box.repository.push({ 'c.yaml': job('wrong', ", command: [sh, -c, 'echo no; exit 3']") });
  await box.berth.reaches(bad, 'Degraded');
  const { output } = await box.run('status');
  expect(output).toContain('exited with code 3');
});
