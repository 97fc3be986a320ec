import { expect, test } from 'vitest';
import type { PodReference } from '../api/pod-streams.ts';
import { createPod, getPod, isReady, type TestNode } from './testing/test-node.ts';
import { useTestNode } from './testing/use-test-node.ts';

const start = useTestNode();

const IMAGES = {
  'app:1': { present: true },
  'echo:1': { present: true, process: { echoes: true } },
};

function referenceTo(node: TestNode, name: string): PodReference {
  return { namespace: 'default', pod: name, podUid: getPod(node, name).metadata.uid };
}

/** The process of `echo` with what it was given and what came of it. */
async function attach(node: TestNode, name: string, options: { readonly stdin: boolean }) {
  let out = '';
  const onOutput = (_stream: string, chunk: Uint8Array) => {
    out += new TextDecoder().decode(chunk);
  };
  const reference = { ...referenceTo(node, name), container: 'app' };
  const attaching = node.kubelet.podStreams.attach(reference, { ...options, onOutput });
  await node.advance(100);
  const session = await attaching;
  await session.writeStdin(new TextEncoder().encode('hello\n'));
  session.endStdin();
  await node.advance(100);
  return out;
}

test('who attaches is heard where the container and the client want it', async () => {
  const node = await start({ images: IMAGES });
  createPod(node, 'hears', { containers: [{ name: 'app', image: 'echo:1', stdin: true }] });
  createPod(node, 'deaf', { containers: [{ name: 'app', image: 'echo:1' }] });
  await node.until(() => isReady(node, 'hears') && isReady(node, 'deaf'));
  expect(await attach(node, 'hears', { stdin: true })).toBe('hello\n');
  expect(await attach(node, 'hears', { stdin: false })).toBe('');
  expect(await attach(node, 'deaf', { stdin: true })).toBe('');
});

test('a connection leads to the pod that was meant, while it runs', async () => {
  const node = await start({ images: IMAGES });
  createPod(node, 'web', { containers: [{ name: 'app', image: 'app:1' }] });
  const { podStreams } = node.kubelet;
  const early = referenceTo(node, 'web');
  await expect(podStreams.connect(early, 80)).rejects.toMatchObject({
    reason: 'NotFound',
    message: 'pod not found ("web")',
  });
  await node.until(() => isReady(node, 'web'));
  const connecting = podStreams.connect(early, 80);
  await node.advance(100);
  const connection = await connecting;
  await connection.write(new TextEncoder().encode('GET / HTTP/1.1\r\nHost: web\r\n\r\n'));
  let answer = '';
  for await (const chunk of connection.chunks) answer += new TextDecoder().decode(chunk);
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  await expect(podStreams.connect({ ...early, podUid: 'another' }, 80)).rejects.toMatchObject({ reason: 'NotFound' });
});
