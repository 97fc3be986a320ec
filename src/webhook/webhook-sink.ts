import type { DeploymentOutcome } from '../gitops/outcomes/deployment-outcome.ts';
import type { OutcomeSink, ReportContext, ReportedOutcome, ReportResult } from '../gitops/outcomes/outcome-sink.ts';
import { type Clock, formatTime } from '../lib/clock.ts';
import { BerthError } from '../lib/errors.ts';
import {
  computeWebhookMessage,
  type WebhookEvent,
  type WebhookFormat,
  type WebhookMessage,
} from './webhook-message.ts';

export interface WebhookSinkOptions {
  readonly clock: Clock;
  /** What it is called in problems, such as `webhook 1 (slack)`. Never its address, which is a secret. */
  readonly name: string;
  readonly format: WebhookFormat;
  /**
   * Sends one message to the address as it is now. Resolves with the status of the answer; rejects when there is none.
   */
  readonly post: (message: WebhookMessage, signal: AbortSignal) => Promise<number>;
}

/** Tells about a failure and about the recovery from it, once each. What never failed is not worth a message. */
export class WebhookSink implements OutcomeSink {
  readonly name: string;
  readonly #options: WebhookSinkOptions;

  constructor(options: WebhookSinkOptions) {
    this.#options = options;
    this.name = options.name;
  }

  async report(outcome: DeploymentOutcome, { previous, signal }: ReportContext): Promise<ReportResult> {
    const event = computeEvent(outcome, previous);
    if (event === undefined) return {};
    const { clock, format, post } = this.#options;
    const status = await post(computeWebhookMessage(event, outcome, format, formatTime(clock.wallMs())), signal);
    if (status >= 200 && status < 300) return {};
    // "Too many requests" and errors of the server may pass; everything else is refused.
    const isPassing = status === 408 || status === 429 || status >= 500;
    throw new BerthError(isPassing ? 'ReportFailed' : 'ReportRefused', { detail: `it answered ${status}` });
  }
}

/** What there is to tell. The same failure of the same commit is told once, however it goes up and down on the way. */
function computeEvent(outcome: DeploymentOutcome, previous: ReportedOutcome | undefined): WebhookEvent | undefined {
  const { state, commit } = outcome;
  const end = previous?.end;
  if (state === 'failed') return end?.state === 'failed' && end.commit === commit ? undefined : 'DeploymentFailed';
  return state === 'succeeded' && end?.state === 'failed' ? 'DeploymentRecovered' : undefined;
}
