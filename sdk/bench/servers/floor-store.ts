/** What the floor asks of a database: the least SQL each request needs. Documents are JSON as text. */
export interface FloorStore {
  addUser(tenant: number, user: { id: string; name: string; document: string }): Awaitable<unknown>;
  findUser(tenant: number, name: string): Awaitable<string | undefined>;
  getUser(tenant: number, id: string): Awaitable<string | undefined>;
  pageUsers(tenant: number, page: Page): Awaitable<readonly string[]>;
  countUsers(tenant: number): Awaitable<number>;
  setUser(tenant: number, user: { id: string; name: string; document: string }): Awaitable<unknown>;
  addGroup(tenant: number, group: { id: string; name: string; document: string }): Awaitable<unknown>;
  getGroup(tenant: number, id: string): Awaitable<string | undefined>;
  pageGroups(tenant: number, page: Page): Awaitable<readonly string[]>;
  countGroups(tenant: number): Awaitable<number>;
  addMembers(groupId: string, ids: readonly string[]): Awaitable<unknown>;
  removeMember(groupId: string, id: string): Awaitable<unknown>;
  members(groupId: string): Awaitable<readonly string[]>;
  /** Whether an error says that a name is taken. */
  isTaken(error: unknown): boolean;
}

export interface Page {
  readonly limit: number;
  readonly offset: number;
}

type Awaitable<T> = T | Promise<T>;
