/** A database to run tests on. */
export interface TestStore {
  readonly name: string;
  /** A database of its own, empty, for `createScim({ database })`; quick rather than durable. */
  createDatabase(): string;
}

/** Every kind of database scimkit runs on. */
export const STORES: readonly TestStore[] = [{ name: 'SQLite', createDatabase: () => 'sqlite::memory:' }];
