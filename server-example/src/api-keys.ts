import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { z } from 'zod';
import type { Database, Transaction } from './database.ts';
import { findPerson, type Person } from './people.ts';
import type { Actor } from './session.ts';

/** Most keys that one person has. */
const mostKeys = 20;

const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  lastFour: z.string(),
  createdAt: z.coerce.number(),
});

/** A key as its owner may see it. */
export type ApiKey = z.infer<typeof keySchema>;

/** Keys with which a person's own programs read from Harbor. Their text is shown once. */
export interface ApiKeys {
  list(person: Person): Promise<readonly ApiKey[]>;
  /** Answers the key's text; undefined = the person has as many as one may have. */
  create(person: Person, name: string): Promise<string | undefined>;
  /** Answers whether there was such a key. */
  remove(person: Person, id: string): Promise<boolean>;
  /** Whose key comes with a request; null = nobody's, or that of an account that is not active. */
  authorize(request: Request): Promise<Actor | null>;
}

export function createApiKeys({
  database,
  nowSeconds,
}: {
  readonly database: Database;
  readonly nowSeconds: () => number;
}): ApiKeys {
  const list = async ({ id }: Person) => {
    const rows = await database.all(
      `SELECT id, name, last_four AS "lastFour", created_at AS "createdAt" FROM api_keys
      WHERE user_id = ? ORDER BY created_at, id`,
      [id],
    );
    return rows.map((row) => keySchema.parse(row));
  };
  return {
    list,
    async create(person, name) {
      if ((await list(person)).length >= mostKeys) return undefined;
      const key = `harbor_${randomBytes(32).toString('base64url')}`;
      await database.transaction((tx) =>
        tx.run(
          'INSERT INTO api_keys (id, user_id, name, digest, last_four, created_at) VALUES (?, ?, ?, ?, ?, ?)',
          [`key_${randomUUID()}`, person.id, name, toDigest(key), key.slice(-4), nowSeconds()],
        ),
      );
      return key;
    },
    async remove(person, id) {
      return database.transaction(async (tx) => {
        const row = await tx.get('DELETE FROM api_keys WHERE id = ? AND user_id = ? RETURNING id', [
          id,
          person.id,
        ]);
        return row !== undefined;
      });
    },
    async authorize(request) {
      const key = /^Bearer (?<key>harbor_[\w-]{43})$/.exec(request.get('authorization') ?? '')?.groups?.key;
      if (!key) return null;
      const row = await database.get('SELECT user_id AS id FROM api_keys WHERE digest = ?', [toDigest(key)]);
      const owner = row && (await findPerson(database, z.object({ id: z.string() }).parse(row).id));
      if (!owner?.active) return null;
      // A key reads; whoever manages the directory signs in.
      return { customerId: owner.customerId, actorId: owner.id, canManage: false, recentAuthAt: 0 };
    },
  };
}

/** Ends all that opens an account: every sign-in, and every key for good. */
export async function endAccess(tx: Transaction, userId: string): Promise<void> {
  await tx.run('DELETE FROM api_keys WHERE user_id = ?', [userId]);
  await tx.run(
    `INSERT INTO ended_sign_ins (user_id, times) VALUES (?, 1)
    ON CONFLICT (user_id) DO UPDATE SET times = ended_sign_ins.times + 1`,
    [userId],
  );
}

function toDigest(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
