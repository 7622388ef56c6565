import type { JsonObject } from '../protocol/json.ts';
import type { AuditRecord } from '../store/connections.ts';
import { BASE36, createRandomText, type RandomSource } from './random-text.ts';

export type AuditAction =
  | 'connection.created'
  | 'connection.changed'
  | 'connection.roleRulesChanged'
  | 'connection.paused'
  | 'connection.resumed'
  | 'connection.deleted'
  | 'key.created'
  | 'key.rotated'
  | 'key.reset'
  | 'key.retired'
  | 'key.revoked'
  | 'webhook.created'
  | 'webhook.changed'
  | 'webhook.rotated'
  | 'webhook.deleted'
  | 'held.released'
  | 'held.rejected'
  | 'signIn.refused'
  | 'seats.admitted'
  | 'domains.changed'
  | 'links.confirmed'
  | 'dryRun.ended'
  | 'app.reconciled'
  | 'event.undone'
  | 'event.replayed'
  | 'event.discarded'
  | 'store.restored';

/** What was done and by whom. `detail` holds ids and names of fields, never their values. */
export interface AuditedAct {
  readonly action: AuditAction;
  readonly actor: string | null;
  readonly detail: JsonObject;
}

export interface AuditSubject {
  readonly connection: { readonly connectionId: string; readonly customerId: string };
  /** UNIX seconds. */
  readonly now: number;
  readonly random: RandomSource;
}

/** Makes the record of an administrative act. */
export function createAuditRecord(subject: AuditSubject, act: AuditedAct): AuditRecord {
  const { connectionId, customerId } = subject.connection;
  const auditId = createRandomText({ alphabet: BASE36, length: 20, random: subject.random });
  return { auditId, connectionId, customerId, occurredAt: subject.now, ...act };
}

/** Makes the record of an act of now. */
export type Auditor = (connection: AuditSubject['connection'], act: AuditedAct) => AuditRecord;

/** @param options.clock milliseconds since the epoch */
export function createAuditor({
  clock,
  random,
}: {
  readonly clock: () => number;
  readonly random: RandomSource;
}): Auditor {
  return (connection, act) => createAuditRecord({ connection, now: Math.floor(clock() / 1000), random }, act);
}
