// Left out of sdk/tsconfig.json, since Prisma's client is there only once it was generated; its own is beside the hooks.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { generatePrisma } from '../orm/generate-prisma.ts';
import { createPostgresApp, openWithHook, testPostgresRules, usePool } from '../orm/postgres-app.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const getPool = usePool();
let prisma: typeof import('../orm/prisma-postgres.ts');

beforeAll(async () => {
  generatePrisma();
  prisma = await import('../orm/prisma-postgres.ts');
}, 60_000);

describe("Prisma in hooks, on the app's pool", () => {
  const open = () => createPostgresApp(getPool(), prisma.hooks);
  testPostgresRules({
    getPool,
    open,
    touch: (client, id) =>
      prisma.usePrisma(client, (db) => db.user.update({ where: { id }, data: { active: false } })),
  });

  test('a transaction of its own is a savepoint: what it takes back is its own part alone', async () => {
    const id = randomUUID();
    const { create, count } = await openWithHook(open(), (client) =>
      prisma.usePrisma(client, async (db) => {
        const data = { id, customerId: 'prisma', name: 'ann', active: true };
        await db.user.create({ data: { ...data, logins: { create: { id: 'first' } } } });
        const taken = { ...data, id: randomUUID(), name: 'bob', logins: { create: { id: 'first' } } };
        await expect(db.user.create({ data: taken })).rejects.toThrow('Unique constraint');
        await db.$transaction([db.login.create({ data: { id: 'second', userId: id } })]);
      }),
    );

    expect((await create('ann')).status).toBe(201);
    expect(await count()).toBe(1);
    expect(await open().readUsers('prisma')).toMatchObject([{ id, name: 'ann' }]);
    const { rows } = await getPool().query('SELECT id FROM logins WHERE user_id = $1 ORDER BY id', [id]);
    expect(rows).toEqual([{ id: 'first' }, { id: 'second' }]);
  });

  test('the hooks are rightly typed', { timeout: 60_000 }, () => {
    const tsc = path('../../../node_modules/typescript/bin/tsc');

    const check = () =>
      execFileSync(process.execPath, [tsc, '-p', path('../orm/tsconfig.json')], { encoding: 'utf8' });

    expect(check).not.toThrow();
  });
});
