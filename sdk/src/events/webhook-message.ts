import { Webhook } from 'standardwebhooks';
import type { ScimEvent } from './event.ts';

/** A secret in clear text. */
export interface SigningSecret {
  /** `whsec_…` */
  readonly secret: string;
  /** Signs up to here, UNIX seconds; null = until it is replaced. */
  readonly until: number | null;
}

/** What is sent to a webhook. */
export interface WebhookMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** P28: receivers and what stands before them often take no more. */
const MOST_BYTES = 20_000;

/**
 * An event as Standard Webhooks has it: `type`, `timestamp`, `data`, signed by every secret in force. Too large for
 * that, it becomes thin: `data` is left out, and the receiver reads the rest. The id is the event's, whichever try
 * this is.
 */
export function toWebhookMessage(
  event: ScimEvent,
  { secrets, now }: { readonly secrets: readonly SigningSecret[]; readonly now: number },
): WebhookMessage {
  const body = toBody(event);
  const date = new Date(now);
  const inForce = secrets.filter((secret) => isInForce(secret, now));
  const signatures = inForce.map(({ secret }) => new Webhook(secret).sign(event.id, date, body));
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'scimkit',
      'webhook-id': event.id,
      'webhook-timestamp': String(Math.floor(now / 1000)),
      'webhook-signature': signatures.join(' '),
    },
  };
}

/** @param now milliseconds since the epoch */
export function isInForce({ until }: { readonly until: number | null }, now: number): boolean {
  return until === null || until > now / 1000;
}

function toBody({ id, type, occurredAt, data, cursor, ...rest }: ScimEvent): string {
  const whole = JSON.stringify({ id, type, timestamp: occurredAt, ...rest, cursor, thin: false, data });
  if (Buffer.byteLength(whole) < MOST_BYTES) return whole;
  return JSON.stringify({ id, type, timestamp: occurredAt, ...rest, cursor, thin: true });
}
