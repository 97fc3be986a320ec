import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import { LinuxRandom } from '../../host/linux/linux-random.ts';
import { BerthError } from '../../lib/errors.ts';
import { commitFiles } from '../../source/index.ts';
import { packageRoot } from '../setup/ensure-demo-image.ts';
import { findProgram } from '../setup/ensure-docker.ts';

export interface Edit {
  readonly repository: string;
  readonly file: string;
  readonly change: (text: string) => string;
  readonly message: string;
}

/**
 * Edits one file and brings it to the repository as a person does: clone, commit, push. Where git is not installed the
 * commit is written without it. Resolves with the commit's id.
 */
export async function pushEdit(edit: Edit): Promise<string> {
  const git = findProgram('git');
  return git === undefined ? commitWithoutGit(edit) : pushWithGit(git, edit);
}

async function pushWithGit(git: string, { repository, file, change, message }: Edit): Promise<string> {
  const clone = await mkdtemp(join(tmpdir(), 'berth-demo-clone-'));
  try {
    run(git, ['clone', '--quiet', repository, clone]);
    const path = join(clone, file);
    await writeFile(path, change(await readFile(path, 'utf8')));
    const identity = ['-c', 'user.name=Berth demo', '-c', 'user.email=demo@localhost', '-c', 'commit.gpgsign=false'];
    run(git, ['-C', clone, ...identity, 'commit', '--quiet', '--all', '--message', message]);
    run(git, ['-C', clone, 'push', '--quiet', 'origin', 'HEAD:main']);
    return run(git, ['-C', clone, 'rev-parse', 'HEAD']).trim();
  } finally {
    await rm(clone, { recursive: true, force: true });
  }
}

function run(git: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(git, args, {
    encoding: 'utf8',
    env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
  });
  if (status === 0) return stdout;
  const detail = error?.message ?? stderr.trim().split('\n').at(-1) ?? `git ended with ${status}`;
  throw new BerthError('Unhealthy', { object: 'demo', verb: 'push', detail, help: 'try the same command by hand' });
}

/** Without git the text to edit is what this process wrote last, at first the sample's own. */
const written = new Map<string, string>();

async function commitWithoutGit({ repository, file, change, message }: Edit): Promise<string> {
  const key = `${repository}:${file}`;
  const present = written.get(key) ?? (await readFile(join(packageRoot(), 'sample-repo', file), 'utf8'));
  const text = change(present);
  written.set(key, text);
  const commit = await commitFiles({
    repository,
    branch: 'main',
    files: new Map([[file, { bytes: Buffer.from(text, 'utf8') }]]),
    message,
    author: { name: 'Berth demo', email: 'demo@localhost' },
    clock: linuxClock,
    random: new LinuxRandom(),
  });
  return commit.id;
}
