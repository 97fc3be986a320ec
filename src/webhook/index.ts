/**
 * Webhooks: an outcome as a message in the shape that its receiver understands, told once for a failure and once for
 * the recovery. It does not know how messages are sent; the composition root does.
 */
export { WEBHOOK_FORMATS, type WebhookFormat, type WebhookMessage } from './webhook-message.ts';
export { WebhookSink, type WebhookSinkOptions } from './webhook-sink.ts';
