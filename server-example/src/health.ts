import type { RequestHandler } from 'express';
import type { Scim } from 'scimkit';
import type { Reader } from './database.ts';

/** 200 while both Harbor's tables and scimkit's answer, else 503. */
export function createHealthCheck(database: Reader, scim: Scim): RequestHandler {
  return async (_request, response) => {
    response.set('Cache-Control', 'no-store');
    const healthy = (await readsOwnTables(database)) && (await readsScimTables(scim));
    response.status(healthy ? 200 : 503).json({ status: healthy ? 'ok' : 'unavailable' });
  };
}

async function readsOwnTables(database: Reader): Promise<boolean> {
  try {
    await database.get('SELECT id FROM customers LIMIT 1');
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
