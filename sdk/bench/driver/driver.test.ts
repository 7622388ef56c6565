// The workloads notice a server that is wrong. It is a small one of this file's own, right at first and then wrong in
// one way each: no server of the project can be made to forget what it confirmed.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { createUser } from './fixtures.ts';
import { Checks, median, quantile } from './measure.ts';
import { Processes } from './processes.ts';
import { type Operation, Target } from './target.ts';
import { type Directory, findIds, makeGroup } from './workload.ts';
import { changeMembers } from './workloads/change-members.ts';
import { changeUsers } from './workloads/change-users.ts';
import { createUsers } from './workloads/create-users.ts';
import { findUser } from './workloads/find-user.ts';
import { listGroups } from './workloads/list-groups.ts';
import { mixed, toCustomer } from './workloads/mixed.ts';
import { readPagesByCursor, readPagesByIndex } from './workloads/read-pages.ts';

type Lie = 'forgetUsers' | 'wrongLookup' | 'ignorePaging' | 'ignorePatch' | 'keepMembers' | 'leakMembers';

const USERS = 60;
const PAGE = { pageSize: 20, repeat: 2, isWalking: true };

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** The workloads, each on a directory of {@link USERS} users. */
const WORKLOADS: Readonly<Record<string, (directory: Directory) => Promise<unknown>>> = {
  createUsers: (directory) => createUsers(directory, { prefix: 'new', count: 30, concurrency: 4 }),
  findUser: (directory) => findUser(directory, { by: 'userName', seconds: 0.1, concurrency: 4 }),
  findUserById: (directory) => findUser(directory, { by: 'id', seconds: 0.1, concurrency: 4 }),
  changeUsers: (directory) =>
    changeUsers(directory, { count: 20, concurrency: 4, seconds: 5, run: randomUUID() }),
  async changeMembers(directory) {
    const groupId = await makeGroup(directory.target, { displayName: 'Members' });
    const others = await findIds(directory, [1, 2, 3]);
    return changeMembers(directory, { groupId, size: 0, others, count: 5, seconds: 5 });
  },
  readPagesByIndex: (directory) => readPagesByIndex(directory, PAGE),
  readPagesByCursor: (directory) => readPagesByCursor(directory, PAGE),
  async listGroups(directory) {
    const groupId = await makeGroup(directory.target, { displayName: 'Listed' });
    const [value] = await findIds(directory, [1]);
    await directory.target.patchGroup(groupId, [{ op: 'add', path: 'members', value: [{ value }] }]);
    return listGroups(directory, { groups: 1, pageSize: 10, seconds: 0.1 });
  },
  async mixed(directory) {
    const groupId = await makeGroup(directory.target, { displayName: 'Mixed' });
    return mixed([await toCustomer(directory, groupId)], { seconds: 0.2, concurrency: 4, run: randomUUID() });
  },
};

test.each(Object.keys(WORKLOADS))('%s finds nothing wrong with a right server', async (name) => {
  const directory = await openDirectory();
  await WORKLOADS[name]?.(directory);
  expect(directory.checks.failed).toEqual([]);
});

test.each([
  ['forgetUsers', 'createUsers', /directory grew by \d+, but 30 creates were confirmed/],
  ['wrongLookup', 'findUser', /lookup: returned another user/],
  ['ignorePaging', 'readPagesByIndex', /paging returned \d+ users twice/],
  ['ignorePatch', 'changeUsers', /user 0 is still active after PATCH/],
  ['keepMembers', 'changeMembers', /after adds and removes the group has 3 members .* expected 0/],
  ['leakMembers', 'listGroups', /members returned although excluded/],
] as const)('a server that tells the lie %s is found out by %s', async (lie, name, complaint) => {
  const directory = await openDirectory(lie);
  await WORKLOADS[name]?.(directory);
  expect(directory.checks.failed.join('\n')).toMatch(complaint);
});

test('a wrong key gives errors and no figures', async () => {
  const { target, ...directory } = await openDirectory();
  const stranger = new Target({ base: target.base, token: 'wrong' });
  closing.push(() => stranger.close());
  const measuring = findUser(
    { ...directory, target: stranger },
    { by: 'userName', seconds: 0.05, concurrency: 2 },
  );
  expect((await measuring).requests).toBe(0);
  expect(directory.checks.failed[0]).toBe('HTTP 401');
});

test('the CPU time of a process counts what it has taken', () => {
  const processes = new Processes([process.pid]);
  const before = processes.readCpuMs();
  const used = process.cpuUsage();
  while (process.cpuUsage(used).user < 200_000);
  const taken = processes.readCpuMs() - before;
  // Elsewhere than on Linux there is nothing to read.
  if (process.platform === 'linux') expect(taken).toBeGreaterThan(100);
  else expect(taken).toBeNaN();
});

test('medians and quantiles', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([Number.NaN, 5])).toBe(5);
  expect(median([])).toBeNaN();
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2);
  expect(quantile([1, 2, 3, 4], 0.99)).toBe(4);
});

async function openDirectory(lie?: Lie): Promise<Directory> {
  const port = await serve(lie);
  const target = new Target({ base: `http://127.0.0.1:${port}/scim`, token: 'secret' });
  closing.push(() => target.close());
  return {
    target,
    processes: new Processes([process.pid]),
    checks: new Checks(),
    users: USERS,
    prefix: 'u',
    toExternalId: (index) => String(createUser('u', index).externalId),
  };
}

interface Entry {
  id: string;
  userName?: string;
  displayName?: string;
  members?: Set<string>;
  [name: string]: unknown;
}

/** A server of users and groups in memory; the first {@link USERS} users are there. */
function serve(lie: Lie | undefined): Promise<number> {
  const users = new Map<string, Entry>();
  const groups = new Map<string, Entry>();
  for (let index = 0; index < USERS; index += 1) {
    const entry = { ...createUser('u', index), id: randomUUID() };
    users.set(entry.id, entry);
  }
  const show = ({ members, ...group }: Entry, query: URLSearchParams) => {
    const isExcluded = query.has('excludedAttributes') && lie !== 'leakMembers';
    return { ...group, ...(members && !isExcluded && { members: [...members].map((value) => ({ value })) }) };
  };
  const list = (kind: Map<string, Entry>, query: URLSearchParams) => {
    const [, name = '', value = ''] = /^([\w.]+) eq "([^"]*)"$/.exec(query.get('filter') ?? '') ?? [];
    const isMeant = (entry: Entry) => String(entry[name]).toLowerCase() === value.toLowerCase();
    const all = [...kind.values()];
    const found = name === '' ? all : all.filter(isMeant);
    const told = lie === 'wrongLookup' && name !== '' ? all.slice(0, 1) : found;
    const asked = Number(query.get('cursor') || query.get('startIndex') || 1);
    const start = lie === 'ignorePaging' ? 1 : asked;
    const end = start - 1 + Number(query.get('count') ?? 100);
    const Resources = told.slice(start - 1, end).map((entry) => show(entry, query));
    const more = query.has('cursor') && end < told.length ? { nextCursor: String(end + 1) } : {};
    return { totalResults: told.length, startIndex: start, Resources, ...more };
  };
  const create = (kind: Map<string, Entry>, body: Entry) => {
    const isTaken = [...kind.values()].some(({ userName }) => userName && userName === body.userName);
    if (isTaken) return { status: 409, body: {} };
    const entry = { ...body, id: randomUUID(), ...(kind === groups && { members: new Set<string>() }) };
    if (lie !== 'forgetUsers' || kind.size % 7 > 0) kind.set(entry.id, entry);
    return { status: 201, body: show(entry, new URLSearchParams()) };
  };
  const patch = (entry: Entry, operations: readonly Operation[]) => {
    for (const { op, path, value } of operations) {
      const removed = /"([^"]+)"/.exec(path)?.[1] ?? '';
      if (entry.members === undefined) Object.assign(entry, lie !== 'ignorePatch' && { [path]: value });
      else if (op === 'add')
        for (const member of value as { value: string }[]) entry.members.add(member.value);
      else if (lie !== 'keepMembers') entry.members.delete(removed);
    }
    return { status: 204, body: undefined };
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {};
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    const [, , name, id = ''] = pathname.split('/');
    const kind = name === 'Users' ? users : groups;
    const entry = kind.get(id);
    const answer = () => {
      if (request.headers.authorization !== 'Bearer secret') return { status: 401, body: {} };
      if (request.method === 'POST') return create(kind, body);
      if (id === '') return { status: 200, body: list(kind, searchParams) };
      if (entry === undefined) return { status: 404, body: {} };
      if (request.method === 'PATCH') return patch(entry, body.Operations);
      if (request.method === 'PUT') kind.set(id, { ...body, id });
      return { status: 200, body: show(kind.get(id) ?? entry, searchParams) };
    };
    const { status, body: told } = answer();
    response.statusCode = status;
    // In pieces and without a length: that is how a chunked answer comes.
    const text = told === undefined ? '' : JSON.stringify(told);
    for (let at = 0; at < text.length; at += 5000) response.write(text.slice(at, at + 5000));
    response.end();
  });
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
