import { randomBytes } from 'node:crypto';
import type { SqlDatabase, SqlSession } from './database.ts';

/** The secret of a name: 32 random bytes in base64url, made by whoever asks first. */
export async function readSecret(
  database: SqlDatabase,
  { prefix, name }: { readonly prefix: string; readonly name: string },
): Promise<string> {
  const find = async (session: SqlSession) => {
    const row = await session.get(`SELECT secret FROM ${prefix}secrets WHERE name = ?`, [name]);
    return row === undefined ? undefined : String(row.secret);
  };
  const known = await find(database.reader);
  if (known !== undefined) return known;
  return database.transaction(async (tx) => {
    const insert = `INSERT INTO ${prefix}secrets (name, secret) VALUES (?, ?) ON CONFLICT DO NOTHING`;
    await tx.run(insert, [name, createSecret()]);
    const made = await find(tx);
    if (made === undefined) throw new Error('A secret was not kept.');
    return made;
  });
}

/** Puts another secret in the place of a name's. */
export async function renewSecret(
  database: SqlDatabase,
  { prefix, name }: { readonly prefix: string; readonly name: string },
): Promise<string> {
  const secret = createSecret();
  await database.transaction((tx) =>
    tx.run(
      `INSERT INTO ${prefix}secrets (name, secret) VALUES (?, ?)
        ON CONFLICT (name) DO UPDATE SET secret = excluded.secret`,
      [name, secret],
    ),
  );
  return secret;
}

function createSecret(): string {
  return randomBytes(32).toString('base64url');
}
