import { expect, it } from 'vitest';
import { isImageId, normalizeImageName, parseImageReference } from './image-reference.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

it.each([
  ['busybox', 'docker.io/library/busybox:latest'],
  ['busybox:1.36', 'docker.io/library/busybox:1.36'],
  ['docker.io/busybox:1.36', 'docker.io/library/busybox:1.36'],
  ['index.docker.io/library/busybox:1.36', 'docker.io/library/busybox:1.36'],
  ['org/app', 'docker.io/org/app:latest'],
  ['ghcr.io/org/app:v1', 'ghcr.io/org/app:v1'],
  ['localhost/app', 'localhost/app:latest'],
  ['localhost:5000/app', 'localhost:5000/app:latest'],
  ['127.0.0.1:5000/a/b/c:x', '127.0.0.1:5000/a/b/c:x'],
  ['[::1]:5000/app', '[::1]:5000/app:latest'],
  ['Registry/app:1', 'Registry/app:1'],
  [`app@${DIGEST}`, `docker.io/library/app@${DIGEST}`],
  [`ghcr.io/org/app:v1@${DIGEST}`, `ghcr.io/org/app@${DIGEST}`],
  ['my__app/a.b-c_d', 'docker.io/my__app/a.b-c_d:latest'],
])('%s is %s', (image, full) => {
  expect(normalizeImageName(image)).toBe(full);
  expect(normalizeImageName(full)).toBe(full);
});

it.each([
  '',
  'UPPER:1',
  'app:',
  ':1',
  'app@',
  'app@sha256:12',
  'a//b',
  '/app',
  'app/',
  'a b',
  'ghcr.io/',
  'app:ta g',
  '-app',
  `a${'b'.repeat(300)}`,
])('"%s" is no image name', (image) => {
  expect(parseImageReference(image)).toBeUndefined();
  expect(normalizeImageName(image)).toBe(image);
});

it.each([
  [DIGEST, true],
  ['ab'.repeat(32), true],
  ['busybox', false],
  ['sha256:abc', false],
])('%s is an image id: %s', (image, expected) => {
  expect(isImageId(image)).toBe(expected);
});
