import { hkdfSync, randomBytes } from 'node:crypto';
import { listPeppers, type PepperOption } from '../connections/key-digest.ts';
import type { RandomSource } from '../connections/random-text.ts';
import { openText, sealText } from '../connections/sealed-text.ts';
import type { SigningSecrets } from '../events/webhook-consumers.ts';
import type { KeptSecret, WebhookRecord } from '../store/webhooks.ts';

/** How secrets that sign webhooks are kept: sealed by the pepper, or as they are where there is none. */
export interface WebhookSecrets {
  /** A new one, as it is shown and as it is kept. */
  create(webhookId: string): { readonly secret: string; readonly kept: KeptSecret };
  /** As they are to be kept from now on. What cannot be read is left as it is. */
  renew(webhook: Pick<WebhookRecord, 'webhookId' | 'secrets'>): readonly KeptSecret[];
  /** The texts, to sign with. */
  read(webhook: Pick<WebhookRecord, 'webhookId' | 'secrets'>): SigningSecrets;
}

export function createWebhookSecrets({
  pepper,
  random,
}: {
  readonly pepper: PepperOption | undefined;
  readonly random: RandomSource;
}): WebhookSecrets {
  const keys = new Map(listPeppers(pepper).map(({ id, secret }) => [id, toKey(secret)]));
  const [current] = keys;
  const toPlace = (webhookId: string) => `webhook ${webhookId}`;

  function seal(webhookId: string, secret: string, until: number | null): KeptSecret {
    if (current === undefined) return { secret, until };
    const [pepperId, key] = current;
    return { sealed: sealText(secret, { key, place: toPlace(webhookId), random }), pepperId, until };
  }

  function open(webhookId: string, kept: KeptSecret): string | undefined {
    if ('secret' in kept) return kept.secret;
    const key = keys.get(kept.pepperId);
    return key && openText(kept.sealed, { key, place: toPlace(webhookId) });
  }

  return {
    create(webhookId) {
      const secret = createSecret();
      return { secret, kept: seal(webhookId, secret, null) };
    },
    renew: ({ webhookId, secrets }) =>
      secrets.map((kept) => {
        if ('pepperId' in kept && kept.pepperId === current?.[0]) return kept;
        const secret = open(webhookId, kept);
        return secret === undefined ? kept : seal(webhookId, secret, kept.until);
      }),
    read({ webhookId, secrets }) {
      const opened = secrets.map((kept) => ({ secret: open(webhookId, kept), until: kept.until }));
      return {
        readable: opened.flatMap(({ secret, until }) => (secret === undefined ? [] : { secret, until })),
        unreadable: opened.filter(({ secret }) => secret === undefined).map(({ until }) => ({ until })),
      };
    },
  };
}

/** Standard Webhooks asks for 24 to 64 bytes. */
function createSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** Another key than the one SCIM API keys are hashed by. */
function toKey(pepper: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', pepper, '', 'scimkit webhook secrets', 32));
}
