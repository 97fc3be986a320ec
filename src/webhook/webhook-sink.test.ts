import { describe, expect, it, test } from 'vitest';
import type { DeploymentOutcome } from '../gitops/outcomes/deployment-outcome.ts';
import type { ReportedOutcome } from '../gitops/outcomes/outcome-sink.ts';
import { VirtualClock } from '../lib/virtual-clock.ts';
import { computeWebhookMessage } from './webhook-message.ts';
import { WebhookSink } from './webhook-sink.ts';

const commit = 'a'.repeat(40);
const failed: DeploymentOutcome = {
  cluster: 'box1',
  application: 'shop',
  path: 'shop',
  branch: 'main',
  commit,
  state: 'failed',
  phase: 'Failed',
  reason: 'HealthCheckFailed',
  message: 'Deployment/shop/web: 0/3 available',
  durationSeconds: 31,
  pods: { wanted: 3, ready: 0 },
  objects: { total: 3, healthy: 2 },
  problems: [
    {
      code: 'ImagePullBackOff',
      object: 'Deployment/shop/web',
      message: 'not found <!channel>',
      place: 'k8s/web.yaml:18',
    },
  ],
};
const healthy: DeploymentOutcome = {
  ...failed,
  state: 'succeeded',
  phase: 'Healthy',
  pods: { wanted: 3, ready: 3 },
  problems: [],
};

async function tellSince(outcome: DeploymentOutcome, end: ReportedOutcome['end']): Promise<string | undefined> {
  let sent: string | undefined;
  const sink = new WebhookSink({
    clock: new VirtualClock(),
    name: 'webhook 1 (json)',
    format: 'json',
    post: async ({ body }) => {
      sent = JSON.parse(body).kind;
      return 200;
    },
  });
  const previous = { commit, state: 'progressing', digest: '', ...(end === undefined ? {} : { end }) } as const;
  await sink.report(outcome, { all: [outcome], previous, signal: new AbortController().signal });
  return sent;
}

test.each`
  name                                      | outcome                                | end                                            | event
  ${'a failure'}                            | ${failed}                              | ${undefined}                                   | ${'DeploymentFailed'}
  ${'a failure of what was healthy'}        | ${failed}                              | ${{ commit, state: 'succeeded' }}              | ${'DeploymentFailed'}
  ${'the same failure again'}               | ${failed}                              | ${{ commit, state: 'failed' }}                 | ${undefined}
  ${'a failure of the next commit'}         | ${failed}                              | ${{ commit: 'b'.repeat(40), state: 'failed' }} | ${'DeploymentFailed'}
  ${'a recovery'}                           | ${healthy}                             | ${{ commit, state: 'failed' }}                 | ${'DeploymentRecovered'}
  ${'what never failed'}                    | ${healthy}                             | ${undefined}                                   | ${undefined}
  ${'a rollout on its way after a failure'} | ${{ ...failed, state: 'progressing' }} | ${{ commit, state: 'failed' }}                 | ${undefined}
`('a webhook hears of $name: $event', async ({ outcome, end, event }) => {
  expect(await tellSince(outcome, end)).toBe(event);
});

describe('the answer of a webhook', () => {
  test.each`
    status | code
    ${204} | ${undefined}
    ${302} | ${'ReportRefused'}
    ${404} | ${'ReportRefused'}
    ${429} | ${'ReportFailed'}
    ${503} | ${'ReportFailed'}
  `('$status means $code', async ({ status, code }) => {
    const sink = new WebhookSink({
      clock: new VirtualClock(),
      name: 'webhook 1',
      format: 'slack',
      post: async () => status,
    });
    const report = sink.report(failed, { all: [failed], signal: new AbortController().signal });
    if (code === undefined) await expect(report).resolves.toEqual({});
    else await expect(report).rejects.toMatchObject({ code });
  });
});

describe('the shapes of a message', () => {
  const at = '2026-11-26T10:00:00Z';

  it('JSON carries the whole outcome', () => {
    const { body } = computeWebhookMessage('DeploymentFailed', failed, 'json', at);
    expect(JSON.parse(body)).toEqual({ apiVersion: 'webhook.berth.dev/v1', kind: 'DeploymentFailed', at, ...failed });
  });

  it('ntfy has its title in a header, encoded where it is not ASCII', () => {
    const { headers, body } = computeWebhookMessage(
      'DeploymentFailed',
      { ...failed, application: 'bücher' },
      'ntfy',
      at,
    );
    expect(headers).toMatchObject({ priority: '4', tags: 'rotating_light' });
    expect(headers['title']).toMatch(/^=\?UTF-8\?B\?/);
    expect(body.split('\n')[0]).toBe('k8s/web.yaml:18: ImagePullBackOff: Deployment/shop/web: not found <!channel>');
  });

  it('Slack sees no mention in it', () => {
    const { body } = computeWebhookMessage('DeploymentRecovered', failed, 'slack', at);
    expect(JSON.parse(body).text).toContain('not found &lt;!channel&gt;');
    expect(JSON.parse(body).text).toContain(':white_check_mark: box1: shop recovered');
  });
});
