import { createScim } from 'scimkit';
import { digits, ids, multiply } from './multiply.ts';
import type { Account, Product } from './product.ts';
import { openSql, quote, type Sql } from './sql.ts';

/** The floor under every server of this architecture. */
export const FLOOR: Product = {
  name: 'floor',
  script: 'floor.ts',
  createAccounts: async (_database, numbers) =>
    numbers.map((number) => ({ name: String(number), path: '', key: `floor-${number}` })),
  async fillUsers(sql, account, { id, digits: number, count }) {
    await multiply(sql, {
      table: 'users',
      where: `t.tenant = ${account.name} AND t.id = ${quote(id)}`,
      skip: ['seq'],
      count,
      replace: [
        // Ids are unique among all tenants.
        [id, `${ids(sql)} || '-${account.name}'`],
        [number, digits(sql)],
        ['u-ext-', quote(`${account.name}-ext-`)],
      ],
    });
    await sql.run(`DELETE FROM users WHERE tenant = ${account.name} AND id = ${quote(id)}`);
  },
  async fillGroup(sql, account, { id, size }) {
    await sql.run(
      `INSERT INTO members SELECT ${quote(id)}, id FROM users WHERE tenant = ${account.name} ORDER BY seq LIMIT ${size}`,
    );
  },
};

/** What this repository is about. */
export const SCIMKIT: Product = {
  name: 'scimkit',
  script: 'scimkit.ts',
  async prepare(database) {
    const scim = createScim({ database, pepper: 'a pepper of the benchmark' });
    await scim.migrate();
    await scim.close();
    const sql = await openSql(database);
    await sql.run(`
      CREATE TABLE app_users (id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, scim_id TEXT NOT NULL, name TEXT NOT NULL, active INTEGER NOT NULL);
      CREATE INDEX app_users_scim ON app_users (scim_id)
    `);
    await sql.close();
  },
  async createAccounts(database, numbers) {
    const scim = createScim({ database, pepper: 'a pepper of the benchmark' });
    const accounts: Account[] = [];
    for (const number of numbers) {
      // `hold` would keep the app from what is measured: most of its users are switched off within the hour.
      const customer = { customerId: `customer-${number}`, guard: 'notify' } as const;
      const made = await scim.management.createScimConnection(customer);
      if (!made.ok) throw new Error(`No connection was made: ${made.error.type}`);
      accounts.push({ name: made.data.connectionId, path: '/scim/v2', key: made.data.scimApiKey });
    }
    await scim.close();
    return accounts;
  },
  async fillUsers(sql, account, { id, digits: number, count }) {
    const replace = [
      [id, ids(sql)],
      [number, digits(sql)],
      ['u-ext-', quote(`${account.name}-ext-`)],
    ] as const;
    const connection = `t.connection_id = ${quote(account.name)}`;
    await multiply(sql, {
      table: 'scim_resources',
      where: `${connection} AND t.id = ${quote(id)}`,
      skip: ['user_id'],
      count,
      replace,
    });
    await multiply(sql, {
      table: 'scim_indexed_values',
      where: `${connection} AND t.resource_id = ${quote(id)}`,
      count,
      replace,
    });
    await deleteTemplate(sql, account, id);
  },
  async fillGroup(sql, account, { id, size }) {
    await sql.run(
      `INSERT INTO scim_members (connection_id, group_id, member_id, member_type) SELECT connection_id, ${quote(id)}, id, resource_type FROM scim_resources WHERE connection_id = ${quote(account.name)} AND resource_type = 'User' ORDER BY id LIMIT ${size}`,
    );
  },
  async copyUsers(sql, from, to) {
    for (const account of to) {
      const replace = [[from.name, quote(account.name)]] as const;
      const where = `t.connection_id = ${quote(from.name)}`;
      await multiply(sql, {
        table: 'scim_resources',
        where: `${where} AND t.resource_type = 'User'`,
        count: 1,
        replace,
      });
      await multiply(sql, { table: 'scim_indexed_values', where, count: 1, replace });
    }
  },
};

async function deleteTemplate(sql: Sql, { name }: Account, id: string): Promise<void> {
  const connection = `connection_id = ${quote(name)}`;
  await sql.run(`DELETE FROM scim_indexed_values WHERE ${connection} AND resource_id = ${quote(id)}`);
  await sql.run(`DELETE FROM scim_resources WHERE ${connection} AND id = ${quote(id)}`);
}

/** The SCIM server most Express apps take. One customer, one key; a group is one document. */
export const SCIMMY: Product = {
  name: 'SCIMMY',
  script: 'scimmy.ts',
  createAccounts: async (_database, numbers) =>
    numbers.includes(1) ? [{ name: '1', path: '/scim/v2', key: 'scimmy-1' }] : [],
  async fillUsers(sql, _account, { id, digits: number, count }) {
    await multiply(sql, {
      table: 'resources',
      where: `t.id = ${quote(id)}`,
      skip: ['seq'],
      count,
      replace: [
        [id, ids(sql)],
        [number, digits(sql)],
        ['u-ext-', quote('1-ext-')],
      ],
    });
    await sql.run(`DELETE FROM resources WHERE id = ${quote(id)}`);
  },
  async fillGroup(sql, _account, { id, size }) {
    await sql.run(
      `UPDATE resources SET document = json_set(document, '$.members', (SELECT json_group_array(json_object('value', id, 'type', 'User')) FROM (SELECT id FROM resources WHERE type = 'User' ORDER BY seq LIMIT ${size}))) WHERE id = ${quote(id)}`,
    );
  },
};
