import type { Logger } from '../logger.ts';
import type { Store } from '../store/port.ts';
import type { WebhookRecord } from '../store/webhooks.ts';
import type { Consumer } from './consumer.ts';
import { FOUND_PREFIX } from './dispatcher.ts';
import { selectTypes } from './event-types.ts';
import type { WebhookSender } from './post-webhook.ts';
import { RETRY_DELAYS_MS } from './retry-schedule.ts';
import { selectConnections } from './subscribe.ts';
import { isInForce, type SigningSecret, toWebhookMessage } from './webhook-message.ts';

/** What a webhook is sent, as it is kept with it. */
export interface WebhookSettings {
  readonly description: string | null;
  readonly types: readonly string[] | null;
  readonly connectionId: string | null;
  readonly customerId: string | null;
}

/** The secrets of a webhook, as far as this process can read them. */
export interface SigningSecrets {
  readonly readable: readonly SigningSecret[];
  /** Sealed by another pepper than this process has. */
  readonly unreadable: readonly Pick<SigningSecret, 'until'>[];
}

export interface WebhookConsumersOptions {
  readonly store: Store;
  readonly readSecrets: (webhook: WebhookRecord) => SigningSecrets;
  readonly sender: WebhookSender;
  readonly clock: () => number;
  readonly logger: Logger;
}

const TIMEOUT_MS = 15_000;
const CONCURRENCY = 4;

/** The name a webhook is a consumer by. */
export function toConsumerName(webhookId: string): string {
  return FOUND_PREFIX + webhookId;
}

/** What is kept with a webhook. It was checked before it was kept. */
export function readSettings(webhook: WebhookRecord): WebhookSettings {
  return webhook.settings as unknown as WebhookSettings;
}

/** Finds the webhooks there are, as consumers: the same one again as long as it stays as it is. */
export function createWebhookConsumers(options: WebhookConsumersOptions): () => Promise<readonly Consumer[]> {
  let known = new Map<string, Consumer>();
  return async () => {
    const active = (await options.store.webhooks.list()).filter(({ status }) => status === 'active');
    known = new Map(
      active.map((webhook) => {
        const key = JSON.stringify(webhook);
        return [key, known.get(key) ?? toConsumer(webhook, options)];
      }),
    );
    return [...known.values()];
  };
}

function toConsumer(
  webhook: WebhookRecord,
  { store, readSecrets, sender, clock, logger }: WebhookConsumersOptions,
): Consumer {
  const { webhookId, url } = webhook;
  const { readable, unreadable } = readSecrets(webhook);
  // What no receiver could verify is not sent. It waits and is tried again, so a pepper put right loses nothing.
  const isUnsigned = () => !readable.some((secret) => isInForce(secret, clock()));
  if (unreadable.some((secret) => isInForce(secret, clock())))
    logger.error(`scimkit: ${unreadableSecret(webhookId)}`, { webhookId });
  const { types, connectionId, customerId } = readSettings(webhook);
  return {
    name: toConsumerName(webhookId),
    from: 'now',
    selects: selectConnections({
      connectionId: connectionId ?? undefined,
      customerId: customerId ?? undefined,
    }),
    wants: selectTypes(types ?? undefined),
    concurrency: CONCURRENCY,
    timeoutMs: TIMEOUT_MS,
    retryDelaysMs: RETRY_DELAYS_MS,
    async deliver(event, { signal }) {
      if (isUnsigned()) throw new Error(unreadableSecret(webhookId));
      const message = toWebhookMessage(event, { secrets: readable, now: clock() });
      const status = await sender.post({ url, ...message, signal });
      if (status >= 200 && status < 300) return;
      if (status === 410) {
        await store.changeConnections((tx) => tx.webhooks.update(webhookId, { status: 'gone' }));
        logger.warn('scimkit: a webhook answered 410 and is sent nothing more.', { webhookId });
      }
      throw new Error(`It answered ${status}.`);
    },
  };
}

function unreadableSecret(webhookId: string): string {
  return `The secret of ${webhookId} was sealed by another pepper. Give that pepper back as one of pepper.previous, or make a new secret by scim.webhooks.rotateSecret and give it to the receiver.`;
}
