import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { createScim, type Scim } from 'scimkit';
import type { Place } from './lab.ts';

/** A statement as it reached the database. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** scimkit on a place's database, in this process, with an ear on every statement. */
export interface Traced {
  /** The statements a GET makes. */
  statementsOf(path: string): Promise<readonly Statement[]>;
  /** Those of them that look resources up. */
  readsOf(path: string): Promise<readonly Statement[]>;
  /** The plan of a statement that reads: what of it goes through all rows of a table or of a customer. */
  scansOf(statement: Statement): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** @throws where a request is not answered with 200. */
export async function openTraced({ server, account }: Place): Promise<Traced> {
  const heard: Statement[] = [];
  const handle =
    server.setting.database === 'sqlite' ? openSqlite(server.database) : openPool(server.database);
  const scim: Scim = createScim({
    database: handle.traced((statement) => heard.push(statement)),
    pepper: 'a pepper of the benchmark',
    limits: { rateLimit: false },
  });
  const statementsOf = async (path: string) => {
    heard.length = 0;
    const headers = { authorization: `Bearer ${account.key}` };
    const answer = await scim.fetch(new Request(`http://localhost/scim/v2${path}`, { headers }));
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return [...heard];
  };
  return {
    statementsOf,
    readsOf: async (path) =>
      (await statementsOf(path)).filter(({ text }) => text.includes('FROM scim_resources r')),
    scansOf: handle.scansOf,
    async close() {
      await scim.close();
      await handle.close();
    },
  };
}

type Hear = (statement: Statement) => void;

function openSqlite(database: string) {
  const plain = new DatabaseSync(database.replace(/^sqlite:/, ''));
  return {
    traced: (hear: Hear) => ({
      exec: (text: string) => plain.exec(text),
      close: () => {},
      prepare(text: string) {
        const statement = plain.prepare(text);
        const heard =
          <T>(use: (...values: never[]) => T) =>
          (...values: unknown[]) => {
            hear({ text, values });
            return use(...(values as never[]));
          };
        return {
          run: heard(statement.run.bind(statement)),
          get: heard(statement.get.bind(statement)),
          all: heard(statement.all.bind(statement)),
        };
      },
    }),
    async scansOf({ text, values }: Statement) {
      const steps = plain.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...(values as string[]));
      return steps.map(({ detail }) => String(detail)).filter(isSqliteScan);
    },
    close: async () => plain.close(),
  };
}

/** JSON of one row is a table to SQLite, too; a search that ends at the resource type reads all of the customer's. */
function isSqliteScan(step: string): boolean {
  // `c` is the row of the connection itself.
  if (step.includes('VIRTUAL TABLE') || step.startsWith('SEARCH c ')) return false;
  return step.startsWith('SCAN') || /\(connection_id=\?( AND resource_type=\?)?\)$/.test(step);
}

function openPool(database: string) {
  const pool = new pg.Pool({ connectionString: database, max: 2 });
  return {
    traced: (hear: Hear) => ({
      end: async () => {},
      async connect() {
        const client = await pool.connect();
        return {
          query(query: { text: string; values?: readonly unknown[] }) {
            hear({ text: query.text, values: query.values ?? [] });
            return client.query(query as never) as never;
          },
          release: (error?: Error | boolean) => client.release(error),
        };
      },
    }),
    async scansOf({ text, values }: Statement) {
      const { rows } = await pool.query(`EXPLAIN (FORMAT JSON) ${text}`, [...values]);
      return findScans(rows[0]['QUERY PLAN'][0].Plan);
    },
    close: () => pool.end(),
  };
}

/** The part of a node of a plan that is read. */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

function findScans(node: PlanNode): readonly string[] {
  const below = (node.Plans ?? []).flatMap(findScans);
  const name = node['Relation Name'] ?? '';
  const condition = node['Index Cond'];
  const isTable = name.startsWith('scim_') && name !== 'scim_connections';
  const isWhole = node['Node Type'] === 'Seq Scan';
  const columns = condition?.replace(/connection_id|resource_type/g, '') ?? '';
  const isOfCustomer =
    condition !== undefined && !/\b[a-z]+_?[a-z]* (=|>|<|>=|<=|~)/.test(columns.replace(/\bAND\b/g, ''));
  const isScan = isTable && (isWhole || (name === 'scim_resources' && isOfCustomer));
  return isScan ? [`${node['Node Type']} on ${name} ${condition ?? ''}`, ...below] : below;
}
