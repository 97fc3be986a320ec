import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { LIMITS } from '../../lib/limits.ts';
import type { BuildResult, KustomizeProgram } from '../kustomize-program.ts';
import { findProgram, runAlone, writeTree } from './run-alone.ts';

const MESSAGE_CHARS = 1_000;

/**
 * Runs `kustomize build` or `kubectl kustomize`, whichever the named file is, in a folder that is written from the
 * repository and removed again.
 */
export class KustomizeBuilds implements KustomizeProgram {
  readonly #program: string;

  constructor(program: string) {
    this.#program = program;
  }

  async build(files: ReadonlyMap<string, Uint8Array>, folder: string): Promise<BuildResult> {
    const program = await findProgram('kustomize', this.#program);
    if (program === undefined) return { type: 'failed', message: `${this.#program} is no program that can be run` };
    const directory = await mkdtemp(join(tmpdir(), 'berth-kustomize-'));
    try {
      const root = join(directory, 'repository');
      await writeTree(root, files);
      const limits = { timeoutMs: LIMITS.kustomizeBuildMs, outputBytes: LIMITS.kustomizeBuildBytes };
      const command = [program, ...argumentsOf(program), join(root, folder)];
      const ended = await runAlone(command, { directory, ...limits, environment: { GIT_TERMINAL_PROMPT: '0' } });
      if (ended.type === 'stopped') return { type: 'failed', message: stoppedBy(ended.why) };
      if (ended.code === 0) return { type: 'built', text: ended.stdout };
      return { type: 'failed', message: complaintOf(ended.stderr, `${root}/`) };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}

function argumentsOf(program: string): readonly string[] {
  const plugins = ['--enable-alpha-plugins', '--network'];
  return basename(program).startsWith('kubectl') ? ['kustomize', ...plugins] : ['build', '--enable-exec', ...plugins];
}

function stoppedBy(why: 'time' | 'output'): string {
  return why === 'time'
    ? `it did not end within ${LIMITS.kustomizeBuildMs / 1000} s (kustomizeBuildMs)`
    : `it printed more than ${LIMITS.kustomizeBuildBytes} bytes (kustomizeBuildBytes)`;
}

function complaintOf(stderr: string, root: string): string {
  const text = stderr
    .replaceAll(root, '')
    .replace(/^error: /i, '')
    .trim()
    .replace(/\s+/g, ' ');
  return text.length > MESSAGE_CHARS ? `${text.slice(0, MESSAGE_CHARS)}…` : text || 'it ended with an error';
}
