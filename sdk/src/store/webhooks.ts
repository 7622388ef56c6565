import type { JsonObject } from '../protocol/json.ts';

export type WebhookStatus = 'active' | 'paused' | 'gone';

/** An address events are sent to. */
export interface WebhookRecord {
  readonly webhookId: string;
  readonly url: string;
  /** `gone`: it answered 410, and is sent nothing more. */
  readonly status: WebhookStatus;
  /** What it is sent, as JSON. */
  readonly settings: JsonObject;
  readonly secrets: readonly KeptSecret[];
  /** UNIX seconds. */
  readonly createdAt: number;
}

/** A secret that signs, as it is kept: sealed, or its text where the host has no key to seal by. */
export type KeptSecret = (
  | {
      /** `whsec_…` */
      readonly secret: string;
    }
  | {
      readonly sealed: string;
      /** By which pepper. */
      readonly pepperId: string;
    }
) & {
  /** Signs up to here, UNIX seconds; null = until it is replaced. */
  readonly until: number | null;
};

/** Addresses events are sent to, of the host. */
export interface WebhookReader {
  /** Ordered by id. */
  list(): Promise<readonly WebhookRecord[]>;
  find(webhookId: string): Promise<WebhookRecord | undefined>;
}

export interface WebhookWriter extends WebhookReader {
  insert(webhook: WebhookRecord): Promise<void>;
  update(
    webhookId: string,
    change: Partial<Pick<WebhookRecord, 'url' | 'status' | 'settings' | 'secrets'>>,
  ): Promise<void>;
  delete(webhookId: string): Promise<void>;
}
