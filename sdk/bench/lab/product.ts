import type { Sql } from './sql.ts';

/** One customer of a server: where and with which key its identity provider comes in. */
export interface Account {
  /** What the server calls it: a connection, a tenant. */
  readonly name: string;
  /** Path of its SCIM service. */
  readonly path: string;
  readonly key: string;
}

/** What can be measured: the floor, scimkit, a peer. Says how to make customers of it and how its tables are filled. */
export interface Product {
  readonly name: string;
  /** Its file in `servers/`. */
  readonly script: string;
  /** Prepares the tables; before the server is started. */
  prepare?(database: string): Promise<void>;
  /** Further customers, empty. Numbers count from 1; a product that has one customer alone makes no other. */
  createAccounts(database: string, numbers: readonly number[]): Promise<readonly Account[]>;
  /**
   * Makes users 0 … `count` - 1 of the one user that `account` has.
   *
   * @param template.id its id, `template.digits` the number in its names
   */
  fillUsers(
    sql: Sql,
    account: Account,
    template: { id: string; digits: string; count: number },
  ): Promise<void>;
  /** Makes the first `size` users members of a group that has none. */
  fillGroup(sql: Sql, account: Account, group: { id: string; size: number }): Promise<void>;
  /** Makes copies of a filled account's users for other accounts, which are empty. @default there is no way */
  copyUsers?(sql: Sql, from: Account, to: readonly Account[]): Promise<void>;
}
