import { describeExchangeFailure } from '../../host/linux/exchange-failure.ts';
import { exchange } from '../../host/linux/http-exchange.ts';
import { BerthError } from '../../lib/errors.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { WebhookMessage } from '../../webhook/index.ts';
import type { WebhookConfiguration } from '../configuration/configuration.ts';
import { VERSION } from '../version.ts';
import { readSecretFile } from './read-secret-file.ts';

export const USER_AGENT = `berth/${VERSION}`;

/** A webhook that says nothing for so long counts as away. */
const WEBHOOK_SILENCE_MS = 30_000;

/** The address is a secret: neither an error nor the log names it. */
export async function postWebhook(
  webhook: WebhookConfiguration,
  message: WebhookMessage,
  signal: AbortSignal,
  silenceMs: number = Math.min(WEBHOOK_SILENCE_MS, LIMITS.reportMs),
): Promise<number> {
  const address = await readSecretFile(webhook.urlFile);
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new BerthError('ReportRefused', { detail: `${webhook.urlFile} holds no http or https address` });
  }
  const token = webhook.tokenFile === undefined ? undefined : await readSecretFile(webhook.tokenFile);
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  try {
    // A redirect would carry the message to a place that nobody has configured: it is an answer like any other.
    const answer = await exchange({
      url: new URL(address),
      method: 'POST',
      headers: { 'user-agent': USER_AGENT, ...message.headers, ...authorization },
      body: message.body,
      maxBytes: LIMITS.reportAnswerBytes,
      signal: AbortSignal.any([signal, AbortSignal.timeout(silenceMs)]),
    });
    return answer.status;
  } catch (error) {
    const detail = `the delivery failed: ${describeExchangeFailure(error, silenceMs)}`;
    throw new BerthError('ReportFailed', { detail, cause: error });
  }
}
