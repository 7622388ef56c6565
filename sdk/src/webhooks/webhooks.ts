import { z } from 'zod';
import type { AuditAction, Auditor } from '../connections/audit.ts';
import { BASE36, createRandomText, type RandomSource } from '../connections/random-text.ts';
import type { InvalidFieldsError } from '../connections/result.ts';
import { attempt, type UnexpectedError } from '../events/attempt.ts';
import type {
  DeadLetterCursorError,
  DeadLetterPage,
  DeadLetters,
  ListDeadLettersParameters,
} from '../events/dead-letters.ts';
import { eventTypeSchema, requireEventTypes } from '../events/event-types.ts';
import { requireOptions } from '../events/require-options.ts';
import { readSettings, toConsumerName } from '../events/webhook-consumers.ts';
import type { Logger } from '../logger.ts';
import type { JsonObject } from '../protocol/json.ts';
import { Failure, type ManagementResult, Success } from '../result.ts';
import type { ConnectionWriter } from '../store/connections.ts';
import type { Store } from '../store/port.ts';
import type { KeptSecret, WebhookRecord, WebhookStatus } from '../store/webhooks.ts';
import type { WebhookSecrets } from './webhook-secrets.ts';
import { findUrlProblem, type WebhookRules } from './webhook-url.ts';

/** An address events are sent to. */
export interface ScimWebhook {
  readonly webhookId: string;
  readonly url: string;
  /** `gone`: it answered 410, and is sent nothing until it is made active again. */
  readonly status: WebhookStatus;
  readonly description: string | null;
  /** null = all. */
  readonly types: readonly string[] | null;
  /** null = those of all connections. */
  readonly connectionId: string | null;
  /** null = those of all customers. */
  readonly customerId: string | null;
  /** UNIX seconds. */
  readonly createdAt: number;
}

/** With what messages are signed: shown in this answer and never again. */
export interface WebhookSecretShown {
  /** `whsec_…` */
  readonly secret: string;
}

export interface CreateWebhookParameters {
  readonly url: string;
  readonly description?: string | undefined;
  /** Such as `user.deactivated`; `user.*` = all of users. @default all */
  readonly types?: readonly string[] | undefined;
  readonly connectionId?: string | undefined;
  readonly customerId?: string | undefined;
  /** @default 'now' */
  readonly from?: 'beginning' | 'now' | undefined;
  /** Whoever does it, for the audit. */
  readonly actor?: string | undefined;
}

export interface UpdateWebhookParameters {
  readonly webhookId: string;
  readonly url?: string | undefined;
  readonly description?: string | null | undefined;
  readonly types?: readonly string[] | null | undefined;
  /** `paused`: nothing is sent; what happens meanwhile is once it is `active` again. */
  readonly status?: 'active' | 'paused' | undefined;
  readonly actor?: string | undefined;
}

export interface RotateWebhookSecretParameters {
  readonly webhookId: string;
  /** How long the former secrets go on signing beside the new one. @default 86400 (a day), at most 30 days */
  readonly overlapSeconds?: number | undefined;
  readonly actor?: string | undefined;
}

export interface WebhookSelector {
  readonly webhookId: string;
  readonly actor?: string | undefined;
}

export interface ListWebhookDeliveriesParameters extends Omit<ListDeadLettersParameters, 'consumer'> {
  readonly webhookId: string;
}

export interface WebhookReplayParameters {
  readonly webhookId: string;
  readonly connectionId?: string | undefined;
  /** @default all that were given up */
  readonly eventId?: string | undefined;
  /** Whoever does it, for the audit. */
  readonly actor?: string | undefined;
}

export interface WebhookNotFoundError {
  readonly type: 'WebhookNotFound';
}

type Result<T, E extends { readonly type: string } = never> = Promise<
  ManagementResult<T, E | UnexpectedError>
>;

/**
 * Addresses that events are sent to, in the Standard Webhooks format. Whoever may call this may do everything:
 * authorise before. Every method rejects with a `TypeError` only where the calling code is at fault.
 */
export interface ScimWebhooks {
  create(
    parameters: CreateWebhookParameters,
  ): Result<{ readonly webhook: ScimWebhook } & WebhookSecretShown, InvalidFieldsError>;
  list(): Result<{ readonly webhooks: readonly ScimWebhook[] }>;
  update(
    parameters: UpdateWebhookParameters,
  ): Result<{ readonly webhook: ScimWebhook }, InvalidFieldsError | WebhookNotFoundError>;
  /** Makes a new secret. The former ones go on signing beside it for a while. */
  rotateSecret(parameters: RotateWebhookSecretParameters): Result<WebhookSecretShown, WebhookNotFoundError>;
  delete(selector: WebhookSelector): Result<null, WebhookNotFoundError>;
  /** Events that could not be sent: given up, or waiting for a further try. */
  deliveries(
    parameters: ListWebhookDeliveriesParameters,
  ): Result<DeadLetterPage, WebhookNotFoundError | DeadLetterCursorError>;
  /** Has events that were given up sent again. */
  replay(parameters: WebhookReplayParameters): Result<{ readonly count: number }, WebhookNotFoundError>;
}

export interface WebhooksOptions {
  readonly store: Store;
  readonly rules: WebhookRules;
  readonly deadLetters: DeadLetters;
  readonly secrets: WebhookSecrets;
  readonly toAuditRecord: Auditor;
  /** What the events of the resource types there are start with, such as `user`. */
  readonly subjects: readonly string[];
  readonly clock: () => number;
  readonly random: RandomSource;
  readonly logger: Logger;
}

const DAY = 86_400;
const types = z.array(eventTypeSchema).min(1).max(100);
const description = z.string().max(500);
const actor = z.string().max(255).optional();
const webhookId = z.string().min(1).max(64);

const createSchema = z.strictObject({
  url: z.string(),
  description: description.optional(),
  types: types.optional(),
  connectionId: z.string().optional(),
  customerId: z.string().optional(),
  from: z.enum(['beginning', 'now']).default('now'),
  actor,
});
const updateSchema = z.strictObject({
  webhookId,
  url: z.string().optional(),
  description: description.nullable().optional(),
  types: types.nullable().optional(),
  status: z.enum(['active', 'paused']).optional(),
  actor,
});
const rotateSchema = z.strictObject({
  webhookId,
  overlapSeconds: z
    .number()
    .int()
    .min(0)
    .max(30 * DAY)
    .default(DAY),
  actor,
});
const selectorSchema = z.strictObject({ webhookId, actor });

/** Makes `scim.webhooks`. */
export function createWebhooks(options: WebhooksOptions): ScimWebhooks {
  const { store, rules, deadLetters, secrets, clock, logger } = options;
  const readNow = () => Math.floor(clock() / 1000);

  const audit = async (
    tx: ConnectionWriter,
    webhook: WebhookRecord,
    act: { readonly action: AuditAction; readonly actor: string | undefined; readonly detail: JsonObject },
  ) => {
    // Those of no connection or customer are the host's own: recorded under none.
    const { connectionId, customerId } = readSettings(webhook);
    const connection = { connectionId: connectionId ?? '', customerId: customerId ?? '' };
    const { action, actor: who = null } = act;
    const detail = { webhookId: webhook.webhookId, ...act.detail };
    await tx.appendAudit(options.toAuditRecord(connection, { action, actor: who, detail }));
  };

  return Object.freeze({
    create: (parameters: CreateWebhookParameters) =>
      attempt({ logger, method: 'webhooks.create' }, async () => {
        const given = requireOptions('scim.webhooks.create', createSchema, parameters);
        requireEventTypes('scim.webhooks.create', given.types, options.subjects);
        const problem = findUrlProblem(given.url, rules);
        if (problem !== undefined) return invalid(problem);
        const id = `wh_${createRandomText({ alphabet: BASE36, length: 20, random: options.random })}`;
        const { secret, kept } = secrets.create(id);
        const webhook: WebhookRecord = {
          webhookId: id,
          url: given.url,
          status: 'active',
          settings: {
            description: given.description ?? null,
            types: given.types ?? null,
            connectionId: given.connectionId ?? null,
            customerId: given.customerId ?? null,
          },
          secrets: [kept],
          createdAt: readNow(),
        };
        // Before it is found: what happens from now on is its.
        await store.deliveries.register(toConsumerName(webhook.webhookId), {
          from: given.from,
          at: readNow(),
        });
        await store.changeConnections(async (tx) => {
          await tx.webhooks.insert(webhook);
          await audit(tx, webhook, { action: 'webhook.created', actor: given.actor, detail: {} });
        });
        return new Success({ webhook: toWebhook(webhook), secret });
      }),
    list: () =>
      attempt<{ readonly webhooks: readonly ScimWebhook[] }, never>(
        { logger, method: 'webhooks.list' },
        async () => {
          return new Success({ webhooks: (await store.webhooks.list()).map(toWebhook) });
        },
      ),
    update: (parameters: UpdateWebhookParameters) =>
      attempt<{ readonly webhook: ScimWebhook }, InvalidFieldsError | WebhookNotFoundError>(
        { logger, method: 'webhooks.update' },
        async () => {
          const given = requireOptions('scim.webhooks.update', updateSchema, parameters);
          requireEventTypes('scim.webhooks.update', given.types, options.subjects);
          const problem = given.url === undefined ? undefined : findUrlProblem(given.url, rules);
          if (problem !== undefined) return invalid(problem);
          return store.changeConnections(async (tx) => {
            const webhook = await tx.webhooks.find(given.webhookId);
            if (webhook === undefined) return NOT_FOUND;
            const { description: text, types: names } = given;
            const settings = {
              ...webhook.settings,
              ...(text === undefined ? {} : { description: text }),
              ...(names === undefined ? {} : { types: names }),
            };
            const change = {
              url: given.url ?? webhook.url,
              status: given.status ?? webhook.status,
              settings,
              secrets: secrets.renew(webhook),
            };
            await tx.webhooks.update(webhook.webhookId, change);
            const { webhookId: _, actor: who, ...fields } = given;
            const detail = { fields: Object.keys(fields) };
            await audit(tx, webhook, { action: 'webhook.changed', actor: who, detail });
            return new Success({ webhook: toWebhook({ ...webhook, ...change }) });
          });
        },
      ),
    rotateSecret: (parameters: RotateWebhookSecretParameters) =>
      attempt({ logger, method: 'webhooks.rotateSecret' }, async () => {
        const given = requireOptions('scim.webhooks.rotateSecret', rotateSchema, parameters);
        const { secret, kept } = secrets.create(given.webhookId);
        return store.changeConnections(async (tx) => {
          const webhook = await tx.webhooks.find(given.webhookId);
          if (webhook === undefined) return NOT_FOUND;
          const now = readNow();
          const former = endAt(secrets.renew(webhook), now + given.overlapSeconds, now);
          await tx.webhooks.update(webhook.webhookId, { secrets: [kept, ...former] });
          await audit(tx, webhook, { action: 'webhook.rotated', actor: given.actor, detail: {} });
          return new Success({ secret });
        });
      }),
    delete: (selector: WebhookSelector) =>
      attempt({ logger, method: 'webhooks.delete' }, async () => {
        const given = requireOptions('scim.webhooks.delete', selectorSchema, selector);
        const isFound = await store.changeConnections(async (tx) => {
          const webhook = await tx.webhooks.find(given.webhookId);
          if (webhook === undefined) return false;
          await tx.webhooks.delete(webhook.webhookId);
          await audit(tx, webhook, { action: 'webhook.deleted', actor: given.actor, detail: {} });
          return true;
        });
        if (!isFound) return NOT_FOUND;
        await store.deliveries.forget(toConsumerName(given.webhookId));
        return new Success(null);
      }),
    deliveries: async ({ webhookId: id, ...query }: ListWebhookDeliveriesParameters) =>
      (await isKnown(id)) ? deadLetters.list({ ...query, consumer: toConsumerName(id) }) : NOT_FOUND,
    replay: async ({ webhookId: id, ...selection }: WebhookReplayParameters) =>
      (await isKnown(id)) ? deadLetters.replay({ ...selection, consumer: toConsumerName(id) }) : NOT_FOUND,
  });

  async function isKnown(id: string): Promise<boolean> {
    return (await store.webhooks.find(requireOptions('scim.webhooks', webhookId, id))) !== undefined;
  }
}

/** Former secrets, ending; those that have ended are taken away. */
function endAt(secrets: readonly KeptSecret[], end: number, now: number): readonly KeptSecret[] {
  return secrets
    .map((kept) => ({ ...kept, until: Math.min(kept.until ?? end, end) }))
    .filter(({ until }) => until > now);
}

function toWebhook(webhook: WebhookRecord): ScimWebhook {
  const { webhookId: id, url, status, createdAt } = webhook;
  return { webhookId: id, url, status, createdAt, ...readSettings(webhook) };
}

function invalid(field: InvalidFieldsError['fields'][number]): Failure<InvalidFieldsError> {
  return new Failure({ type: 'InvalidFields', fields: [field] });
}

const NOT_FOUND = new Failure<WebhookNotFoundError>({ type: 'WebhookNotFound' });
