import express, { Router } from 'express';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { z } from 'zod';

const messageSchema = z.looseObject({
  id: z.string(),
  type: z.string(),
  resourceId: z.string(),
  resourceVersion: z.number(),
  /** True where the data was too large to be sent: read it, then. */
  thin: z.boolean(),
  data: z.record(z.string(), z.unknown()).optional(),
});

/** What a webhook of scimkit says. */
export type WebhookMessage = z.infer<typeof messageSchema>;

/**
 * The route of an app that is sent events. The signature is over the bytes as they came, so they are not parsed before
 * it is verified; with it goes the time, so that an old message cannot be sent again by somebody else.
 *
 * @param handle Comes to an end before the answer, which is the receipt. What it does must be the same done twice.
 */
export function createWebhookReceiver(
  secret: string,
  handle: (message: WebhookMessage) => Promise<void>,
): Router {
  const webhook = new Webhook(secret);
  const router = Router();
  router.post('/', express.raw({ type: 'application/json', limit: '64kb' }), async (request, response) => {
    try {
      const verified = webhook.verify(request.body, request.headers as Record<string, string>);
      await handle(messageSchema.parse(verified));
      response.status(204).end();
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      response.status(401).json({ error: 'The signature is not right.' });
    }
  });
  return router;
}
