/** A place among the events of one connection, or of all of them. */
export type EventPlace =
  | { readonly kind: 'connection'; readonly connectionId: string; readonly position: number }
  | { readonly kind: 'all'; readonly sequence: number };

/** A place, and the epoch of the data it is a place in. */
export interface MarkedPlace {
  readonly epoch: string;
  readonly place: EventPlace;
}

/** Characters of an epoch's text that a cursor carries. */
const EPOCH_LENGTH = 12;

/** What cursors carry of an epoch's whole text. */
export function toEpochMark(epoch: string): string {
  return epoch.slice(0, EPOCH_LENGTH);
}

/** A place as a text that says nothing to whoever holds it. It is no secret and no proof: only the host sees cursors. */
export function toCursor({ epoch, place }: MarkedPlace): string {
  const parts =
    place.kind === 'connection' ? [epoch, place.connectionId, place.position] : [epoch, place.sequence];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** The place of a cursor; undefined = the text is none. */
export function parseCursor(cursor: string): MarkedPlace | undefined {
  const parts = parseParts(cursor);
  if (parts === undefined || typeof parts[0] !== 'string') return undefined;
  const [epoch, second, third] = parts;
  if (parts.length === 2 && isPlace(second)) return { epoch, place: { kind: 'all', sequence: second } };
  if (parts.length !== 3 || typeof second !== 'string' || !isPlace(third)) return undefined;
  return { epoch, place: { kind: 'connection', connectionId: second, position: third } };
}

function parseParts(cursor: string): readonly unknown[] | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parts) ? parts : undefined;
  } catch {
    return undefined;
  }
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
