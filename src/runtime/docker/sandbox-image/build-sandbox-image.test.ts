import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { buildSandboxImage, sandboxArchitecture } from './build-sandbox-image.ts';
import { buildPauseProgram, type SandboxArchitecture } from './pause-program.ts';

const ARCHITECTURES: readonly SandboxArchitecture[] = ['amd64', 'arm64'];

/**
 * Changing the program or the image changes these, and makes every box load the image anew: on purpose or not at all.
 */
const IMAGE_IDS: Record<SandboxArchitecture, string> = {
  amd64: 'sha256:d62a397a3b062f3f49c4bccd9e896e4b5644cd79865ac8d94ff98b62c2dd718e',
  arm64: 'sha256:a539f6e8ab4d60a6c0d3578177280b38f7b49fcb08755edcb2e9c84dbb0d1747',
};

async function readTar(archive: Buffer): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const reader = extract();
  reader.on('entry', (header, stream, next) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk) => chunks.push(Buffer.from(chunk as Uint8Array)));
    stream.on('end', () => {
      files.set(header.name, Buffer.concat(chunks));
      next();
    });
  });
  const finished = new Promise<void>((resolve) => reader.on('finish', () => resolve()));
  reader.end(archive);
  await finished;
  return files;
}

describe.each(ARCHITECTURES)('the sandbox image for %s', (architecture) => {
  it('has the same id everywhere', () => {
    expect(buildSandboxImage(architecture, 'uid-1').id).toBe(IMAGE_IDS[architecture]);
    expect(buildSandboxImage(architecture, 'uid-2').id).toBe(IMAGE_IDS[architecture]);
  });

  it('is an archive as docker save writes it, with a tag of its own cluster', async () => {
    const image = buildSandboxImage(architecture, 'uid-1');
    const files = await readTar(image.archive);
    const config = `${image.id.slice(7)}.json`;
    expect([...files.keys()].sort()).toEqual([config, 'layer.tar', 'manifest.json'].sort());
    expect(JSON.parse(String(files.get('manifest.json')))).toEqual([
      { Config: config, RepoTags: [image.tag], Layers: ['layer.tar'] },
    ]);
    expect(image.tag).toMatch(/^berth-sandbox:[0-9a-f]{12}-uid-1$/);
    const layer = await readTar(files.get('layer.tar') ?? Buffer.alloc(0));
    expect(layer.get('pause')).toEqual(buildPauseProgram(architecture));
  });

  it('holds an ELF file of a few hundred bytes whose entry point is its code', () => {
    const program = buildPauseProgram(architecture);
    expect(program.subarray(0, 4).toString('latin1')).toBe('\x7fELF');
    expect(program.length).toBeLessThan(256);
    expect(program.readBigUInt64LE(24)).toBe(0x400000n + 120n);
  });
});

it.each([
  ['amd64', 'amd64'],
  ['x86_64', 'amd64'],
  ['aarch64', 'arm64'],
  ['arm64', 'arm64'],
  ['riscv64', undefined],
])('knows the processor %s as %s', (engine, expected) => {
  expect(sandboxArchitecture(engine)).toBe(expected);
});
