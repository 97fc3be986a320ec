import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BerthBuild } from '../cli/berth-process.ts';
import { GitHubStandIn, type StandInOptions } from './github-stand-in.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface ActionRun {
  readonly code: number | null;
  readonly log: string;
  readonly summary: string;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface ActionRequest {
  readonly workspace: string;
  readonly event?: string;
  readonly payload: unknown;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Bundles the Action as it is committed, from the sources as they are. */
function bundleTo(file: string): string {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/bundle-action.mjs', '--out', file], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return file;
}

type Files = Readonly<Record<string, string | ((text: string) => string)>>;

/** A repository with an application, whose box has committed its status, and checkouts of pull requests to it. */
export class ActionRepository {
  readonly folder = mkdtempSync(join(tmpdir(), 'berth-action-test-'));
  readonly #clone = join(this.folder, 'clone');
  /** The program that `action.yml` names. */
  readonly program = bundleTo(join(this.folder, 'action', 'index.mjs'));
  #nextId = 1;

  /** Commits a folder, lets a real box with a simulated engine deploy it, and takes over the status branch that the box has written. */
  static async create(site = 'test/cli/site', path = '.'): Promise<ActionRepository> {
    const repository = new ActionRepository();
    const bare = join(repository.folder, 'site.git');
    git(repository.folder, 'init', '-q', '--bare', '-b', 'main', bare);
    git(repository.folder, 'clone', '-q', bare, repository.#clone);
    cpSync(join(root, site), repository.#clone, { recursive: true });
    repository.#commit('The application');
    git(repository.#clone, 'push', '-q', 'origin', 'HEAD:main');
    const berth = new BerthBuild();
    try {
      const at = [
        '--repo',
        bare,
        '--data-dir',
        join(repository.folder, 'data'),
        '--runtime',
        'sim',
        '--cluster',
        'box1',
        '--path',
        path,
      ];
      const { code, stderr } = await berth.run(['up', '--once', ...at]);
      if (code !== 0) throw new Error(stderr);
    } finally {
      await berth.close();
    }
    git(repository.#clone, 'fetch', '-q', 'origin');
    return repository;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Where the forge keeps it: the folder above, and `site.git` in it. */
  get bare(): string {
    return join(this.folder, 'site.git');
  }

  get main(): string {
    return git(this.#clone, 'rev-parse', 'origin/main');
  }

  /** Commits changes on top of main, and hands out a checkout as `actions/checkout` leaves it: the merge commit, detached, with remote branches. */
  checkout(
    files: Files,
    options: { readonly withStatus?: boolean } = {},
  ): { readonly workspace: string; readonly head: string } {
    this.#toMain();
    for (const [name, change] of Object.entries(files)) {
      const path = join(this.#clone, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, typeof change === 'string' ? change : change(readFileSync(path, 'utf8')));
    }
    const { workspace, head } = this.#handOut('A change @team <b>');
    if (options.withStatus === false) git(workspace, 'update-ref', '-d', 'refs/remotes/origin/berth-status');
    return { workspace, head };
  }

  /** The same with a patch that the repository carries. */
  applyPatch(patch: string): { readonly workspace: string; readonly head: string } {
    this.#toMain();
    git(this.#clone, 'apply', patch);
    return this.#handOut('Bigger web servers');
  }

  #toMain(): void {
    git(this.#clone, 'checkout', '-q', '--detach', 'origin/main');
  }

  #handOut(message: string): { readonly workspace: string; readonly head: string } {
    const head = this.#commit(message);
    const workspace = join(this.folder, `${this.#nextId++}`, 'checkout');
    cpSync(this.#clone, workspace, { recursive: true });
    return { workspace, head };
  }

  #commit(message: string): string {
    git(this.#clone, 'add', '-A');
    git(
      this.#clone,
      '-c',
      'user.name=Test',
      '-c',
      'user.email=test@localhost',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      message,
    );
    return git(this.#clone, 'rev-parse', 'HEAD');
  }
}

function git(cwd: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('git', [...args], { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

/** A GitHub, and the bundle run against it as the runner runs it: a process of its own that knows what its environment says. */
export class ActionWorld {
  readonly github: GitHubStandIn;
  readonly #folder = mkdtempSync(join(tmpdir(), 'berth-action-run-'));

  readonly #program: string;

  constructor(program: string, options: StandInOptions = {}) {
    this.#program = program;
    this.github = new GitHubStandIn(options);
    this.github.login = undefined;
  }

  /** The home of the runner. */
  get home(): string {
    return this.#folder;
  }

  async close(): Promise<void> {
    await this.github.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async run({
    workspace,
    event = 'pull_request',
    payload,
    inputs = {},
    environment = {},
  }: ActionRequest): Promise<ActionRun> {
    const file = (name: string, text = '') => {
      writeFileSync(join(this.#folder, name), text);
      return join(this.#folder, name);
    };
    const given = Object.entries({ token: 'ghs_secret', images: 'false', ...inputs });
    const child = spawn(process.execPath, [this.#program], {
      cwd: workspace,
      env: {
        PATH: process.env['PATH'],
        HOME: this.#folder,
        GITHUB_ACTIONS: 'true',
        GITHUB_API_URL: this.github.url,
        GITHUB_SERVER_URL: new URL(this.github.url).origin,
        GITHUB_REPOSITORY: 'team/site',
        GITHUB_RUN_ID: '42',
        GITHUB_EVENT_NAME: event,
        GITHUB_EVENT_PATH: file('event.json', JSON.stringify(payload)),
        GITHUB_OUTPUT: file('outputs'),
        GITHUB_STEP_SUMMARY: file('summary.md'),
        GITHUB_WORKSPACE: workspace,
        RUNNER_TEMP: this.#folder,
        ...Object.fromEntries(given.map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
        ...environment,
      },
    });
    let log = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (log += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    const lines = readFileSync(join(this.#folder, 'outputs'), 'utf8').trim().split('\n');
    return {
      code,
      log,
      summary: readFileSync(join(this.#folder, 'summary.md'), 'utf8'),
      outputs: Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      ),
    };
  }
}

/** The event of a pull request, of the repository itself or of a fork. */
export function pullRequestEvent(head: string, base: string, from = 'team/site'): object {
  return {
    action: 'synchronize',
    number: 7,
    pull_request: {
      number: 7,
      head: { sha: head, ref: 'change', repo: { full_name: from } },
      base: { sha: base, ref: 'main', repo: { full_name: 'team/site' } },
    },
    repository: { full_name: 'team/site', default_branch: 'main' },
  };
}
