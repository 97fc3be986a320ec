import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ActionRepository, type ActionRequest, ActionWorld, pullRequestEvent } from './action-world.ts';
import type { StandInOptions } from './github-stand-in.ts';

// Each run is a process, and some take the pauses that GitHub asks for.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000, maxConcurrency: 4 });

let repository: ActionRepository;
let main: string;

beforeAll(async () => {
  repository = await ActionRepository.create();
  main = repository.main;
});

afterAll(() => repository.close());

const scaled = { 'web.yaml': (text: string) => text.replace('replicas: 2', 'replicas: 3') };
const broken = { 'web.yaml': (text: string) => text.replace('replicas: 2', 'replicaz: 2') };

/** What somebody would write to break a comment, a table, a log or a command. */
const HOSTILE = [
  '```',
  '</details>',
  '<script>alert(1)</script>',
  '@team/owners',
  '::error::pwned',
  '::set-output name=x::y',
  '%0A::warning::x',
  '|',
  '![x](http://evil.example/x.png)',
  '<!-- berth:v1 -->',
].join(' ');

/** Each test has a GitHub of its own, and they run side by side: a second passes between two requests that create something. */
function inWorld(body: (world: ActionWorld) => Promise<void>, options?: StandInOptions): () => Promise<void> {
  return async () => {
    const world = new ActionWorld(repository.program, options);
    await world.github.start();
    try {
      await body(world);
    } finally {
      await world.close();
    }
  };
}

/** Runs the Action for pull request 7 with these changes. */
function plan(
  world: ActionWorld,
  files: Parameters<ActionRepository['checkout']>[0],
  request: Partial<ActionRequest> = {},
) {
  const { workspace, head } = repository.checkout(files);
  world.github.heads.set(7, head);
  return world.run({ workspace, payload: pullRequestEvent(head, main), ...request });
}

const MARKER = '<!-- berth:v1 {"cluster":"box1","path":"."} -->';
const writes = /^(POST|PATCH) /;

describe.concurrent('a pull request', () => {
  it(
    'gets a comment, a status, annotations, a summary and outputs',
    inWorld(async (world) => {
      const { github } = world;
      const run = await plan(world, scaled);
      expect(run).toMatchObject({
        code: 0,
        outputs: { result: 'ok', 'has-changes': 'true', errors: '0', updated: '1', created: '0', deleted: '0' },
      });
      expect(github.comments).toHaveLength(1);
      const [comment] = github.comments;
      expect(comment?.body).toMatch(
        /^<!-- berth:v1 \{"cluster":"box1","path":"\."\} -->\n### ✅ Would roll out \(`[0-9a-f]{7}` → box1\)\n/,
      );
      // The application is called as the box calls it, and not after the folder of the checkout.
      expect(comment?.body).toContain('Simulated rollout: site');
      expect(comment?.body).toContain('live state `berth-status@');
      expect(run.summary).toContain('```diff\n@@ Deployment/shop/web configured');
      expect(github.statuses).toEqual([
        expect.objectContaining({ sha: [...github.heads.values()][0], state: 'success', context: 'berth plan/box1' }),
      ]);
      expect(github.requests.length).toBeLessThanOrEqual(10);
      // A second apart where they are sent; where they arrive, a busy machine takes some of it.
      const atMs = github.requests.filter(({ method }) => method !== 'GET').map((request) => request.atMs);
      expect((atMs[1] ?? 0) - (atMs[0] ?? 0)).toBeGreaterThanOrEqual(700);
      expect(run.log).not.toContain('ghs_secret');
    }),
  );

  it(
    'that is bad fails the step, with the line in an annotation, in the comment and in the status',
    inWorld(async (world) => {
      const { github } = world;
      const run = await plan(world, broken);
      expect(run.code).toBe(1);
      expect(run.log).toMatch(
        /^::error file=web\.yaml,line=\d+,col=\d+,(endColumn=\d+,)?title=FieldUnknown::Deployment\/shop\/web: unknown field/m,
      );
      expect(github.comments[0]?.body).toMatch(
        /\[`web\.yaml:\d+:\d+`\]\(http:\/\/127\.0\.0\.1:\d+\/team\/site\/blob\/[0-9a-f]{40}\/web\.yaml#L\d+\)/,
      );
      expect(github.statuses[0]).toMatchObject({ state: 'failure', description: expect.stringContaining('1 error') });
      expect(run.outputs).toMatchObject({ result: 'error', errors: '1' });
    }),
  );

  it(
    'that runs again edits its comment, found on the second page behind markers that somebody else wrote',
    inWorld(async (world) => {
      const { github } = world;
      const own = { id: 7, user: { login: 'github-actions[bot]' }, body: `${MARKER}\nof the run before` };
      const others = Array.from({ length: 120 }, (_, index) => ({
        id: 1_000 + index,
        user: { login: 'mallory' },
        body: index === 3 ? `${MARKER}\nnot ours` : `comment ${index}`,
      }));
      github.comments.push(...others, own);
      await plan(world, broken);
      expect(github.comments).toHaveLength(121);
      expect(github.comments[120]?.body).toContain('FieldUnknown');
      expect(github.comments[3]?.body).toBe(`${MARKER}\nnot ours`);
      expect(github.requests.length).toBeLessThanOrEqual(10);
    }),
  );

  it(
    'that says the same again is left alone',
    inWorld(async (world) => {
      const { workspace, head } = repository.checkout(broken);
      world.github.heads.set(7, head);
      const payload = pullRequestEvent(head, main);
      const request = { workspace, payload, inputs: { live: 'none' } };
      await world.run(request);
      await world.run(request);
      expect(world.github.calls(/^(POST|PATCH) .*comments/)).toHaveLength(1);
    }),
  );

  it(
    'that changes nothing gets no comment, and one that is there becomes one line',
    inWorld(async (world) => {
      const { github } = world;
      const nothing = { 'README.md': 'nothing that runs' };
      await plan(world, nothing);
      expect(github.comments).toEqual([]);
      github.comments.push({ id: 7, user: { login: 'github-actions[bot]' }, body: `${MARKER}\nof the run before` });
      await plan(world, nothing);
      expect(github.comments).toHaveLength(1);
      expect(github.comments[0]?.body).toMatch(/^<!-- .* -->\n### ✅ No changes \(`[0-9a-f]{7}` → box1\)$/);
    }),
  );

  it(
    'of a fork, whose token may only read, is annotated and summarised all the same',
    inWorld(async (world) => {
      const { github } = world;
      github.fault = ({ method }) =>
        method === 'GET' ? undefined : { status: 403, body: { message: 'Resource not accessible by integration' } };
      const { workspace, head } = repository.checkout(broken);
      github.heads.set(7, head);
      const run = await world.run({ workspace, payload: pullRequestEvent(head, main, 'mallory/site') });
      expect(run.code).toBe(1);
      expect(run.log).toMatch(/^::error file=web\.yaml/m);
      expect(run.log).toMatch(
        /^::notice::No comment: the token may not write one \(a workflow for a fork may only read\)/m,
      );
      expect(run.summary).toContain('FieldUnknown');
    }),
  );

  it(
    'whose head has moved is not reported on: its newer run does that',
    inWorld(async (world) => {
      const { workspace, head } = repository.checkout(scaled);
      world.github.heads.set(7, 'e'.repeat(40));
      const run = await world.run({ workspace, payload: pullRequestEvent(head, main) });
      expect(run.log).toContain('::notice::The pull request has a newer commit by now');
      expect(world.github.calls(writes)).toEqual([]);
    }),
  );
});

describe.concurrent('GitHub', () => {
  it(
    'that calls a comment too long gets a shorter one',
    inWorld(async (world) => {
      const { github } = world;
      github.fault = ({ method, path, body }) =>
        method === 'POST' && path.endsWith('/comments') && String(body['body']).length > 30_000
          ? { status: 422, body: { message: 'Validation Failed' } }
          : undefined;
      const many = Array.from({ length: 150 }, (_, index) => [
        `many/c${index}.yaml`,
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c${index}${'x'.repeat(220)}, namespace: shop}\ndata:\n  text: ${'x'.repeat(200)}\n`,
      ]);
      const run = await plan(world, Object.fromEntries(many));
      expect(run.code).toBe(0);
      expect(github.comments[0]?.body.length).toBeLessThan(30_000);
      expect(github.comments[0]?.body).toMatch(
        /\*Left out for want of room: .*; the whole report is in the \[job summary\]/,
      );
      expect(run.summary.match(/```diff/g)).toHaveLength(150);
    }),
  );

  it(
    'that is at its limit is waited for where it is short, and told of where it is long',
    inWorld(async (world) => {
      const { github } = world;
      let limits = 1;
      const secondary = 'You have exceeded a secondary rate limit';
      github.fault = ({ method }) =>
        method === 'POST' && limits-- > 0
          ? { status: 429, headers: { 'retry-after': '1' }, body: { message: secondary } }
          : undefined;
      await plan(world, scaled);
      expect(github.comments).toHaveLength(1);
      github.fault = ({ method }) =>
        method === 'GET' ? undefined : { status: 403, headers: { 'retry-after': '900' }, body: { message: secondary } };
      const run = await plan(world, broken);
      expect(run.code).toBe(1);
      expect(run.log).toMatch(/^::warning::No comment: GitHub answered 403: You have exceeded a secondary rate limit/m);
    }),
  );

  it(
    'Enterprise Server is asked below its own base path',
    inWorld(
      async (world) => {
        await plan(world, scaled);
        expect(world.github.comments).toHaveLength(1);
        expect(world.github.statuses).toHaveLength(1);
      },
      { basePath: '/api/v3' },
    ),
  );
});

it(
  'that answers without end is given up, and the summary has the report',
  inWorld(async (world) => {
    const { github } = world;
    github.fault = ({ method, path }) =>
      method === 'GET' && path.endsWith('/comments')
        ? { status: 200, body: Array.from({ length: 100 }, (_, id) => ({ id, body: 'x'.repeat(60_000) })) }
        : undefined;
    const run = await plan(world, scaled);
    expect(run.code).toBe(0);
    expect(run.log).toMatch(/^::warning::No comment: GitHub .*the answer is longer than 4194304 bytes/m);
    expect(run.summary).toContain('Would roll out');
  }),
);

describe.concurrent('other circumstances', () => {
  it(
    'without a status branch the base counts as running, and the report says so',
    inWorld(async (world) => {
      const { workspace, head } = repository.checkout(scaled, { withStatus: false });
      world.github.heads.set(7, head);
      const run = await world.run({ workspace, payload: pullRequestEvent(head, main), inputs: { cluster: 'box1' } });
      expect(run.code).toBe(0);
      expect(run.log).toContain('::notice::There is no branch berth-status');
      expect(world.github.comments[0]?.body).toContain('Live state is not known');
      expect(world.github.comments[0]?.body).toContain('| site |');
    }),
  );

  it(
    'a push to the deployed branch gets a status and no comment',
    inWorld(async (world) => {
      const { workspace, head } = repository.checkout(scaled);
      const payload = { before: main, after: head, ref: 'refs/heads/main', repository: { default_branch: 'main' } };
      const run = await world.run({
        workspace,
        event: 'push',
        payload,
        environment: { GITHUB_REF: 'refs/heads/main' },
      });
      expect(run.code).toBe(0);
      expect(world.github.statuses).toEqual([expect.objectContaining({ sha: head, state: 'success' })]);
      expect(world.github.calls(/issues/)).toEqual([]);
    }),
  );

  it(
    'a branch that is deleted has nothing to plan, and pull_request_target is refused',
    inWorld(async (world) => {
      const { workspace, head } = repository.checkout(scaled);
      const gone = await world.run({ workspace, event: 'push', payload: { before: head, after: '0'.repeat(40) } });
      expect(gone).toMatchObject({ code: 0, log: expect.stringContaining('The branch is gone') });
      const payload = pullRequestEvent(head, main);
      const refused = await world.run({ workspace, event: 'pull_request_target', payload });
      expect(refused).toMatchObject({ code: 1, log: expect.stringContaining('use `on: pull_request`') });
      expect(world.github.requests).toEqual([]);
    }),
  );

  it(
    'a checkout without the history says what to do',
    inWorld(async (world) => {
      const { workspace } = repository.checkout(scaled);
      const run = await world.run({ workspace, payload: pullRequestEvent('d'.repeat(40), main) });
      expect(run).toMatchObject({ code: 1, log: expect.stringContaining('fetch-depth: 0') });
    }),
  );

  it(
    'wrong inputs are all told at once',
    inWorld(async (world) => {
      const { workspace, head } = repository.checkout(scaled);
      const inputs = { 'fail-on': 'sometimes', comment: 'maybe', path: '../x' };
      const run = await world.run({ workspace, payload: pullRequestEvent(head, main), inputs });
      expect(run.code).toBe(1);
      for (const part of ['fail-on: "sometimes"', 'comment: "maybe"', 'path: "../x"']) expect(run.log).toContain(part);
    }),
  );
});

/** Aliases that expand to 9¹⁵ values. */
function aliasBomb(): string {
  const names = [...'abcdefghijklmnop'];
  const lines = names.map((name, index) => {
    const item = index === 0 ? 'x' : `*${names[index - 1]}`;
    return `${name}: &${name} [${Array(9).fill(item).join(', ')}]`;
  });
  return `${lines.join('\n')}\n`;
}

describe.concurrent('a change that is made to hurt', () => {
  const cases: readonly (readonly [string, Parameters<ActionRepository['checkout']>[0], RegExp])[] = [
    [
      'a billion replicas',
      { 'web.yaml': (text) => text.replace('replicas: 2', 'replicas: 1000000000') },
      /FieldValueInvalid/,
    ],
    [
      'a cycle of kustomizations',
      { 'kustomization.yaml': 'resources: [a]\n', 'a/kustomization.yaml': 'resources: [..]\n' },
      /::error file=a\/kustomization\.yaml.*leads back to a kustomization/,
    ],
    ['an alias bomb', { 'bomb.yaml': aliasBomb() }, /::error file=bomb\.yaml.*LimitExceeded/],
    [
      'a hundred thousand nested lists',
      { 'deep.yaml': `a: ${'['.repeat(100_000)}${']'.repeat(100_000)}\n` },
      /::error file=deep\.yaml/,
    ],
    [
      'an alias of itself',
      { 'self.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: &d\n  x: *d\n' },
      /::error file=self\.yaml.*YamlAlias/,
    ],
  ];
  it.each(cases)('%s is an error that names what is wrong, soon', (_name, files, error) =>
    inWorld(async (world) => {
      const startMs = performance.now();
      const run = await plan(world, files, { inputs: { comment: 'false', status: 'false' } });
      expect(run.code).toBe(1);
      expect(run.log).toMatch(error);
      expect(performance.now() - startMs).toBeLessThan(60_000);
    })(),
  );
});

it(
  'what is written to break the report breaks neither the comment nor the log',
  inWorld(async (world) => {
    const { github } = world;
    const hostile = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hostile, namespace: shop}\ndata:\n  text: ${JSON.stringify(`${HOSTILE}\n\`\`\`\n</details>`)}\n${JSON.stringify(HOSTILE)}: 1\n`;
    const run = await plan(world, {
      'hostile.yaml': hostile,
      [`a ${'`'}@team${'`'}.yaml`]: 'apiVersion: v1\nkind: Nothing\nmetadata: {name: x}\n',
    });
    expect(run.code).toBe(1);
    const body = github.comments[0]?.body ?? '';
    const prose = body
      .replace(/^(`{3,}).*\n[\s\S]*?^\1$/gm, '')
      .replace(/`[^`\n]*`/g, '')
      .replace(/<code>.*?<\/code>/g, '');
    expect(prose.match(/<details/g)?.length ?? 0).toBe(prose.match(/<\/details>/g)?.length ?? 0);
    expect(prose).not.toMatch(/<script|@team|!\[x\]|\]\(http:\/\/evil/);
    const [commands = '', rest = ''] = run.log.split(/^::stop-commands::[0-9a-f]{32}$/m);
    expect(commands.match(/^::/gm)?.length).toBe(commands.trim().split('\n').length);
    expect(commands).not.toMatch(/^::(error|warning)::/m);
    expect(rest).toMatch(/^::[0-9a-f]{32}::$/m);
  }),
);
