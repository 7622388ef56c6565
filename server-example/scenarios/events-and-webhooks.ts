import { deepEqual, equal } from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createWebhookReceiver, type WebhookMessage } from '../src/webhook-receiver.ts';
import { people } from './runner/harbor.ts';
import type { Scenario } from './runner/scenario.ts';

export const scenario: Scenario = {
  title:
    'What the directory changes reaches a phone book and another app, also when that app is down for a while.',
  async run({ tell, expectThat, expectSoon, startHarbor, passTime, onEnd }) {
    const harbor = await startHarbor();
    const idp = await harbor.connect(people.northwindAdmin);
    const nora = await harbor.signIn(people.northwindAdmin);
    const readBook = async () => (await nora.send('GET', '/api/phone-book')).body.entries;
    const create = async (userName: string) => {
      const { body } = await idp('POST', '/Users', {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName,
      });
      return String(body.id);
    };

    tell('Harbor keeps a phone book. It is written by events, a moment after the change itself.');
    const ann = await create('ann');
    await expectSoon('Ann is in the phone book.', async () =>
      deepEqual(await readBook(), [{ name: 'ann', email: null }]),
    );

    tell(
      'Northwind has a CRM of its own, which wants to be told of people. It is given an address and a secret.',
    );
    const crm = await startCrm();
    onEnd(crm.close);
    const { webhook, secret } = (
      await harbor.scim.webhooks.create({ url: crm.url, types: ['user.*'], customerId: 'northwind' })
    ).getOrThrow();
    crm.begin(secret);
    const bob = await create('bob');
    await expectSoon('The CRM is told of Bob, signed in a way it can verify.', () =>
      deepEqual(crm.told, [`user.created ${bob} 1`]),
    );
    await expectThat('A message with a wrong signature is refused.', async () => {
      const { status } = await fetch(crm.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': 'evt_forged',
          'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
          'webhook-signature': 'v1,Zm9yZ2Vk',
        },
        body: '{}',
      });
      equal(status, 401);
    });

    tell('The CRM goes down. Meanwhile Bob leaves, and Cid comes.');
    crm.isDown = true;
    await idp('PATCH', `/Users/${bob}`, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', value: { active: false } }],
    });
    const cid = await create('cid');
    await expectSoon('The phone book has it already.', async () =>
      deepEqual(
        (await readBook()).map(({ name }: { readonly name: string }) => name),
        ['ann', 'cid'],
      ),
    );
    await expectSoon('Two events wait to be sent again.', async () => {
      const { webhookId } = webhook;
      const { letters } = (
        await harbor.scim.webhooks.deliveries({ webhookId, state: 'waiting' })
      ).getOrThrow();
      equal(letters.length, 2);
    });

    tell('It is up again. Harbor tries again after five seconds.');
    crm.isDown = false;
    passTime(6_000);
    await expectSoon('Now the CRM knows both.', () =>
      deepEqual(
        crm.told.toSorted(),
        [`user.created ${bob} 1`, `user.created ${cid} 1`, `user.deactivated ${bob} 2`].toSorted(),
      ),
    );
    await expectThat('Everything can be read again, in order, from the first event on.', async () => {
      const { events } = (await harbor.scim.events.list({ customerId: 'northwind' })).getOrThrow();
      deepEqual(
        events.map(({ type, resourceId }) => `${type} ${resourceId}`),
        [`user.created ${ann}`, `user.created ${bob}`, `user.deactivated ${bob}`, `user.created ${cid}`],
      );
    });
  },
};

/** Another app, on a port of its own. */
async function startCrm() {
  const told: string[] = [];
  const state = { isDown: false };
  const app = express();
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const note = async ({ type, resourceId, resourceVersion }: WebhookMessage) => {
    const line = `${type} ${resourceId} ${resourceVersion}`;
    if (!told.includes(line)) told.push(line);
  };
  app.use((_request, response, next) => {
    if (state.isDown) response.status(503).end();
    else next();
  });
  return {
    told,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    set isDown(isDown: boolean) {
      state.isDown = isDown;
    },
    begin: (secret: string) => void app.use(createWebhookReceiver(secret, note)),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
