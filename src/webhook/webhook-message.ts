import type { DeploymentOutcome } from '../gitops/outcomes/deployment-outcome.ts';
import { formatSeconds } from '../report/index.ts';

export const WEBHOOK_FORMATS = ['json', 'ntfy', 'slack'] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

/** Version of the JSON form; `docs/webhooks.md` describes it. */
export const WEBHOOK_API_VERSION = 'webhook.berth.dev/v1';

export type WebhookEvent = 'DeploymentFailed' | 'DeploymentRecovered';

export interface WebhookMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One event in the shape that its receiver understands. */
export function computeWebhookMessage(
  event: WebhookEvent,
  outcome: DeploymentOutcome,
  format: WebhookFormat,
  at: string,
): WebhookMessage {
  if (format === 'ntfy') return formatNtfy(event, outcome);
  const body = format === 'slack' ? { text: formatSlack(event, outcome) } : formatJson(event, outcome, at);
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function formatJson(event: WebhookEvent, outcome: DeploymentOutcome, at: string) {
  return { apiVersion: WEBHOOK_API_VERSION, kind: event, at, ...outcome };
}

/**
 * ntfy takes the text as the body and everything else as headers, whose values are ASCII: what is not is written as RFC
 * 2047 has it.
 */
function formatNtfy(event: WebhookEvent, outcome: DeploymentOutcome): WebhookMessage {
  const isFailure = event === 'DeploymentFailed';
  return {
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      title: encodeHeader(formatTitle(event, outcome)),
      tags: isFailure ? 'rotating_light' : 'white_check_mark',
      priority: isFailure ? '4' : '3',
    },
    body: formatDetails(outcome).join('\n'),
  };
}

/** "& < >" are the only characters with a meaning that Slack asks to be replaced: mentions and links begin with "<". */
function formatSlack(event: WebhookEvent, outcome: DeploymentOutcome): string {
  const symbol = event === 'DeploymentFailed' ? ':rotating_light:' : ':white_check_mark:';
  const lines = [`${symbol} ${formatTitle(event, outcome)}`, ...formatDetails(outcome)];
  return lines.join('\n').replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function formatTitle(event: WebhookEvent, { cluster, application, phase }: DeploymentOutcome): string {
  return `${cluster}: ${application} ${event === 'DeploymentFailed' ? phase : 'recovered'}`;
}

const PROBLEMS = 5;

function formatDetails(outcome: DeploymentOutcome): readonly string[] {
  const { commit, branch, state, problems, message, pods, durationSeconds } = outcome;
  const at = `commit ${commit.slice(0, 7)} on ${branch}`;
  if (state !== 'failed') {
    const took = durationSeconds === undefined ? '' : ` in ${formatSeconds(durationSeconds)}`;
    return [`healthy${took}${pods.wanted === 0 ? '' : `, ${pods.ready}/${pods.wanted} ready`}`, at];
  }
  const lines = problems.slice(0, PROBLEMS).map(({ place, code, object, message: cause }) => {
    return `${place === undefined ? '' : `${place}: `}${code}: ${object === undefined ? '' : `${object}: `}${cause}`;
  });
  const more = problems.length > PROBLEMS ? [`and ${problems.length - PROBLEMS} more`] : [];
  return [...(lines.length === 0 ? [message] : lines), ...more, at];
}

function encodeHeader(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
}
