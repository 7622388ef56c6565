import type { DatabaseSync } from 'node:sqlite';
import type { RequestHandler } from 'express';
import type { Scim } from 'scimkit';

/** 200 while both Harbor's tables and scimkit's answer, else 503. */
export function createHealthCheck(database: DatabaseSync, scim: Scim): RequestHandler {
  return async (_request, response) => {
    response.set('Cache-Control', 'no-store');
    const healthy = readsOwnTables(database) && (await readsScimTables(scim));
    response.status(healthy ? 200 : 503).json({ status: healthy ? 'ok' : 'unavailable' });
  };
}

function readsOwnTables(database: DatabaseSync): boolean {
  try {
    database.prepare('SELECT id FROM customers LIMIT 1').get();
    return true;
  } catch {
    return false;
  }
}

async function readsScimTables(scim: Scim): Promise<boolean> {
  try {
    return (await scim.management.listScimConnections({ limit: 1 })).ok;
  } catch {
    return false;
  }
}
