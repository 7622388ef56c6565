// A thread that sends one request with a large body: making it would hold up whoever measures. It says when it is
// ready, waits for a word, and says what was answered.
import { parentPort, workerData } from 'node:worker_threads';
import { Target } from './target.ts';

/** A PUT of a group whose body is filled up to `bytes`, as far as its members can be. */
export interface SendBody {
  readonly base: string;
  readonly token: string;
  readonly groupId: string;
  readonly displayName: string;
  readonly ids: readonly string[];
  readonly bytes: number;
}

/** The longest that is taken. */
const MAX_DISPLAY = 1024;

const { base, token, groupId, displayName, ids, bytes } = workerData as SendBody;
const bare = JSON.stringify(ids.map((value) => ({ value, display: '' }))).length;
const display = 'x'.repeat(Math.min(MAX_DISPLAY, Math.floor((bytes - bare - 300) / ids.length)));
const target = new Target({ base, token });
parentPort?.postMessage('ready');
await new Promise((resolve) => parentPort?.once('message', resolve));
const { status, json } = await target.send('PUT', `/Groups/${groupId}`, {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
  displayName,
  members: ids.map((value) => ({ value, display })),
});
target.close();
parentPort?.postMessage({ status, detail: json?.detail });
