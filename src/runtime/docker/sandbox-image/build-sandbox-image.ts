import { createHash } from 'node:crypto';
import { buildPauseProgram, type SandboxArchitecture } from './pause-program.ts';
import { buildTar } from './tar.ts';

export interface SandboxImage {
  /**
   * What containers are created from. Carries the content's digest and the cluster's uid, so that each cluster removes
   * only its own.
   */
  readonly tag: string;
  /** Image id on an engine that names images by their configuration. */
  readonly id: string;
  /** What `POST /images/load` takes. */
  readonly archive: Buffer;
}

/** The repository part of every sandbox image's tag. */
export const SANDBOX_REPOSITORY = 'berth-sandbox';

/** Builds the image in the form of `docker save`: the same bytes, and so the same id, on every machine. */
export function buildSandboxImage(architecture: SandboxArchitecture, clusterUid: string): SandboxImage {
  const layer = buildTar([{ name: 'pause', mode: 0o555, content: buildPauseProgram(architecture) }]);
  const config = Buffer.from(
    JSON.stringify({
      architecture,
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config: { Entrypoint: ['/pause'], Labels: { 'berth.dev/image': 'sandbox' } },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'berth' }],
    }),
  );
  const digest = sha256(config);
  const tag = `${SANDBOX_REPOSITORY}:${digest.slice(0, 12)}-${clusterUid}`;
  const manifest = Buffer.from(JSON.stringify([{ Config: `${digest}.json`, RepoTags: [tag], Layers: ['layer.tar'] }]));
  const archive = buildTar([
    { name: 'layer.tar', mode: 0o644, content: layer },
    { name: `${digest}.json`, mode: 0o644, content: config },
    { name: 'manifest.json', mode: 0o644, content: manifest },
  ]);
  return { tag, id: `sha256:${digest}`, archive };
}

/** Docker's name of a processor (`amd64`) or the kernel's (`x86_64`); `undefined` where Berth has no program for it. */
export function sandboxArchitecture(engineArchitecture: string): SandboxArchitecture | undefined {
  if (engineArchitecture === 'amd64' || engineArchitecture === 'x86_64') return 'amd64';
  if (engineArchitecture === 'arm64' || engineArchitecture === 'aarch64') return 'arm64';
  return undefined;
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
