import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { ScimHooks } from 'scimkit';
import { PrismaClient } from './generated/prisma/client.ts';

/** Prisma begins a transaction where one call needs several statements. Inside scimkit's it is a savepoint. */
const nested: Readonly<Record<string, string>> = {
  BEGIN: 'SAVEPOINT prisma',
  COMMIT: 'RELEASE SAVEPOINT prisma',
  ROLLBACK: 'ROLLBACK TO SAVEPOINT prisma',
};

/** A Prisma whose pool is one client: the one that is lent to it at the time. */
function createPrisma() {
  const lent: { client?: pg.PoolClient | undefined } = {};
  const query = async (config: pg.QueryConfig) =>
    lent.client?.query({ ...config, text: nested[config.text] ?? config.text });
  const connect = async () => ({ query, release() {}, on() {}, removeListener() {} });
  const pool = Object.assign(new pg.Pool(), { query, connect });
  return { lent, prisma: new PrismaClient({ adapter: new PrismaPg(pool) }) };
}

const spare: ReturnType<typeof createPrisma>[] = [];

/** Prisma in this transaction alone. Making one takes some 10 ms, so each is used again, by one hook at a time. */
export async function usePrisma<T>(
  client: pg.PoolClient,
  work: (prisma: PrismaClient) => Promise<T>,
): Promise<T> {
  const own = spare.pop() ?? createPrisma();
  own.lent.client = client;
  try {
    return await work(own.prisma);
  } finally {
    own.lent.client = undefined;
    spare.push(own);
  }
}

export const hooks: ScimHooks<pg.PoolClient> = {
  async userCreated({ resource }, { database, customerId }) {
    const id = crypto.randomUUID();
    const data = { id, customerId, name: String(resource.userName), active: true };
    await usePrisma(database, (prisma) => prisma.user.create({ data }));
    return { userId: id };
  },
  async userDeactivated({ userId }, { database }) {
    if (userId === null) return;
    const change = { where: { id: userId }, data: { active: false } };
    await usePrisma(database, (prisma) => prisma.user.update(change));
  },
};
