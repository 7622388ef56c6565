import { randomBytes } from 'node:crypto';

/**
 * A new resource id: UUID version 7 (RFC 9562), so that ids of one connection sort by creation.
 *
 * Made here and nowhere else: no value of a client or of the app ever becomes an id.
 *
 * @param now milliseconds since the epoch.
 */
export function createResourceId(now: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
