import { describe, expect, it } from 'vitest';
import {
  createGitHubClient,
  type GitHubClient,
  GitHubSink,
  OctokitApi,
  type OctokitOptions,
} from '../../src/github/index.ts';
import type { DeploymentOutcome } from '../../src/gitops/index.ts';
import { createBoundedFetch } from '../../src/host/linux/bounded-fetch.ts';
import { VirtualClock } from '../../src/lib/virtual-clock.ts';
import { GitHubStandIn } from './github-stand-in.ts';

const commit = 'c'.repeat(40);
const TOKEN = 'ghp_secret';

const healthy: DeploymentOutcome = {
  cluster: 'box1',
  application: 'site',
  path: '.',
  branch: 'main',
  commit,
  state: 'succeeded',
  phase: 'Healthy',
  reason: 'ReconciliationSucceeded',
  message: 'all 3 objects are healthy',
  startedAt: '2026-11-26T10:00:00Z',
  durationSeconds: 14,
  pods: { wanted: 3, ready: 3 },
  objects: { total: 3, healthy: 3 },
  problems: [],
};
const failed: DeploymentOutcome = {
  ...healthy,
  state: 'failed',
  phase: 'Degraded',
  pods: { wanted: 3, ready: 1 },
  objects: { total: 3, healthy: 2 },
  problems: [
    {
      code: 'ImagePullBackOff',
      object: 'Deployment/shop/web',
      message: 'pod web-1: cannot pull "x" <b>@team</b>',
      place: 'k8s/web.yaml:18',
    },
  ],
};

/** GitHub, and a box's sink to it. */
class World {
  readonly github = new GitHubStandIn();
  clock = new VirtualClock();
  sink = this.open();

  /** As after a restart: nothing is remembered. */
  open(): GitHubSink {
    this.clock = new VirtualClock();
    const { github } = this;
    const connect = async (signal: AbortSignal) => {
      const options: OctokitOptions = {
        apiUrl: github.url,
        owner: 'team',
        repo: 'site',
        userAgent: 'berth/test',
        fetch: createBoundedFetch(1024 * 1024),
        auth: { token: TOKEN },
        patienceSeconds: 5,
      };
      client ??= createGitHubClient(options);
      return new OctokitApi(client, options, signal);
    };
    let client: GitHubClient | undefined;
    this.sink = new GitHubSink({
      clock: this.clock,
      repository: 'team/site',
      repositoryUrl: 'https://github.com/team/site',
      statusBranch: 'berth-status',
      environment: 'box1',
      connect,
    });
    return this.sink;
  }

  report(outcome: DeploymentOutcome, all = [outcome]) {
    return this.sink.report(outcome, { all, signal: new AbortController().signal });
  }
}

/** Real seconds pass between two requests that create something; so the tests run side by side, each with a GitHub of its own. */
function inWorld(body: (world: World) => Promise<void>): () => Promise<void> {
  return async () => {
    const world = new World();
    await world.github.start();
    world.github.findPulls = () => [
      { number: 6, merged_at: null, base: { ref: 'main' }, merge_commit_sha: 'd'.repeat(40) },
      { number: 7, merged_at: '2026-11-26T09:00:00Z', base: { ref: 'main' }, merge_commit_sha: commit },
    ];
    try {
      await body(world);
    } finally {
      await world.github.stop();
    }
  };
}

describe.concurrent('a report to GitHub', () => {
  it(
    'is a commit status, a Deployment and a comment on the merged pull request, each with what happened',
    inWorld(async (world) => {
      const { github } = world;
      await world.report(healthy);
      expect(github.statuses).toEqual([
        expect.objectContaining({
          sha: commit,
          state: 'success',
          context: 'berth/box1',
          description: 'healthy in 14 s, 3/3 ready',
          target_url: 'https://github.com/team/site/blob/berth-status/box1/README.md',
        }),
      ]);
      expect(github.deployments).toEqual([
        expect.objectContaining({ ref: commit, environment: 'box1', states: ['success'] }),
      ]);
      expect(github.calls(/^POST .*issues/)).toEqual(['POST /repos/team/site/issues/7/comments']);
      expect(github.comments[0]?.body).toContain('### ✅ Deployed to box1 in 14 s, 3/3 ready (`ccccccc`)');
    }),
  );

  it(
    'edits its comment in place when what was healthy fails, with cause, file and line',
    inWorld(async (world) => {
      const { github } = world;
      await world.report(healthy);
      await world.report(failed);
      expect(github.comments).toHaveLength(1);
      const body = github.comments[0]?.body ?? '';
      expect(body).toContain('### ❌ Failed on box1');
      expect(body).toContain(`[\`k8s/web.yaml:18\`](https://github.com/team/site/blob/${commit}/k8s/web.yaml#L18)`);
      expect(body).not.toMatch(/<b>|@team/);
      expect(github.statuses.map(({ state }) => state)).toEqual(['success', 'failure']);
      expect(github.statuses[1]?.description).toBe(
        'k8s/web.yaml:18: ImagePullBackOff: Deployment/shop/web: pod web-1: cannot pull "x" <b>@team</b>',
      );
    }),
  );

  it(
    'says nothing twice, whoever repeats it, and never more than two statuses',
    inWorld(async (world) => {
      const { github } = world;
      await world.report(healthy);
      world.open();
      await world.report(healthy);
      expect(github.calls(/^(POST|PATCH)/)).toHaveLength(4);
      await world.report(failed);
      await world.report(healthy);
      await world.report(failed);
      expect(github.statuses).toHaveLength(2);
      expect(github.deployments).toEqual([expect.objectContaining({ states: ['success', 'failure'] })]);
      expect(github.comments[0]?.body).toContain('Failed on box1');
    }),
  );

  it(
    'gives a rollout a status on the way only when it lasts',
    inWorld(async (world) => {
      const { github } = world;
      const progressing: DeploymentOutcome = { ...healthy, state: 'progressing', phase: 'Progressing' };
      expect(await world.report(progressing)).toEqual({ againAfterMs: 10_000 });
      expect(github.requests).toEqual([]);
      world.clock.moveTo(world.clock.monotonicMs() + 10_000);
      expect(await world.report(progressing)).toEqual({});
      await world.report(healthy);
      expect(github.statuses.map(({ state }) => state)).toEqual(['pending', 'success']);
      expect(github.deployments[0]?.states).toEqual(['in_progress', 'success']);
      expect(github.comments).toHaveLength(1);
    }),
  );

  it(
    'closes what a newer commit took over',
    inWorld(async (world) => {
      const { github } = world;
      const progressing: DeploymentOutcome = { ...healthy, state: 'progressing', phase: 'Progressing' };
      await world.report(progressing);
      world.clock.moveTo(world.clock.monotonicMs() + 10_000);
      await world.report(progressing);
      await world.report({
        ...progressing,
        state: 'superseded',
        message: 'superseded by ddddddd before it was healthy',
      });
      expect(github.statuses.at(-1)).toMatchObject({
        state: 'error',
        description: 'superseded by ddddddd before it was healthy',
      });
      expect(github.deployments[0]?.states).toEqual(['in_progress', 'inactive']);
      expect(github.comments[0]?.body).toContain('Superseded on box1');
    }),
  );

  it(
    'has one context and environment for each of several applications, and one comment for all',
    inWorld(async (world) => {
      const { github } = world;
      const shop = { ...healthy, application: 'shop', path: 'apps/shop' };
      const blog = { ...failed, application: 'blog', path: 'apps/blog' };
      await world.report(shop, [blog, shop]);
      await world.report(blog, [blog, shop]);
      expect(github.statuses.map(({ context }) => context)).toEqual(['berth/box1/shop', 'berth/box1/blog']);
      expect(github.deployments.map(({ environment }) => environment)).toEqual(['box1/shop', 'box1/blog']);
      expect(github.comments).toHaveLength(1);
      expect(github.comments[0]?.body).toMatch(/\| blog \| ❌ Degraded .*\n\| shop \| ✅ Healthy/);
    }),
  );

  it(
    'comments nowhere when no merged pull request brought the commit',
    inWorld(async (world) => {
      const { github } = world;
      github.findPulls = () => [];
      await world.report(healthy);
      expect(github.comments).toEqual([]);
    }),
  );

  it(
    'leaves a comment alone that somebody else has marked',
    inWorld(async (world) => {
      const { github } = world;
      await world.report(healthy);
      const [own] = github.comments;
      if (own === undefined) throw new Error('no comment');
      github.comments.splice(0, 1, { ...own, user: { login: 'mallory' } });
      await world.report(failed);
      expect(github.comments).toHaveLength(2);
      expect(github.comments[0]?.body).toContain('Deployed to box1');
    }),
  );
});

describe.concurrent('a report that fails', () => {
  it(
    'is refused for good where a permission lacks, and the rest is said all the same',
    inWorld(async (world) => {
      const { github } = world;
      github.fault = ({ path }) =>
        path.endsWith('/deployments')
          ? { status: 403, body: { message: 'Resource not accessible by integration' } }
          : undefined;
      await expect(world.report(healthy)).rejects.toMatchObject({
        code: 'ReportRefused',
        message: expect.stringContaining('GitHub answered 403: Resource not accessible by integration'),
      });
      expect(github.statuses).toHaveLength(1);
      expect(github.comments).toHaveLength(1);
    }),
  );

  it(
    'can be tried again where the answer got lost, without saying it twice',
    inWorld(async (world) => {
      const { github } = world;
      let isLost = true;
      github.fault = ({ method, path }) => {
        if (!isLost || method !== 'POST' || !path.includes('/statuses/')) return undefined;
        isLost = false;
        github.statuses.push({ sha: commit, state: 'success', context: 'berth/box1', description: '' });
        return { status: 502, body: { message: 'Bad Gateway' } };
      };
      await expect(world.report(healthy)).rejects.toMatchObject({ code: 'ReportFailed' });
      await world.report(healthy);
      expect(github.statuses).toHaveLength(1);
    }),
  );

  it(
    'waits where GitHub says so for a short while, and is tried again later where it is long',
    inWorld(async (world) => {
      const { github } = world;
      let limits = 1;
      github.fault = ({ method }) =>
        method === 'POST' && limits-- > 0
          ? {
              status: 429,
              headers: { 'retry-after': '1' },
              body: { message: 'You have exceeded a secondary rate limit' },
            }
          : undefined;
      await world.report(healthy);
      expect(github.statuses).toHaveLength(1);
      github.fault = () => ({
        status: 403,
        headers: { 'retry-after': '3600' },
        body: { message: 'You have exceeded a secondary rate limit' },
      });
      await expect(world.report(failed)).rejects.toMatchObject({ code: 'ReportFailed' });
    }),
  );

  it(
    'never shows the token',
    inWorld(async (world) => {
      const { github } = world;
      github.fault = () => ({ status: 401, body: { message: 'Bad credentials' } });
      const error = await world.report(healthy).catch((thrown: unknown) => thrown);
      expect(String(error)).toContain('Bad credentials');
      expect(String(error)).not.toContain(TOKEN);
      expect(github.requests[0]?.authorization).toBe(`token ${TOKEN}`);
    }),
  );
});
