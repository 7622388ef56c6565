import { createHash } from 'node:crypto';
import { fold } from '../protocol/fold.ts';
import type { Json } from '../protocol/json.ts';
import { visitTexts } from './visit-texts.ts';

/** Names of a replay's own, so that it can run twice, and on a connection that has data. */
export interface FreshNames {
  isName(text: string): boolean;
  /** The name in this run; other texts as they are. */
  toFresh(text: string): string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * @param bodies everything that is sent; what stands there as a name is one wherever it occurs
 * @param run letters and digits that no other run has; '' leaves names as they are
 */
export function createFreshNames(bodies: Iterable<Json | undefined>, run: string): FreshNames {
  const names = new Set<string>();
  for (const body of bodies) {
    for (const [text, { name, parent }] of visitTexts(body)) {
      const isUnique =
        /^(?:username|externalid|displayname)$/.test(name) ||
        (/^emails?$/.test(parent) && name === 'value') ||
        name === 'emails';
      if (isUnique && text !== '') names.add(fold(text));
    }
  }
  const isName = (text: string) => run !== '' && names.has(fold(text));
  return { isName, toFresh: (text) => (isName(text) ? rename(text, run) : text) };
}

/** Keeps the form: a UUID stays one, an e-mail address its domain, digits are followed by digits. */
function rename(text: string, run: string): string {
  const digest = createHash('sha256')
    .update(`${run}\0${fold(text)}`)
    .digest('hex');
  if (UUID.test(text)) {
    const made = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-${text.slice(14, 15)}${digest.slice(13, 16)}-${text.slice(19, 20)}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
    return text === text.toUpperCase() ? made.toUpperCase() : made.toLowerCase();
  }
  if (/^\+?\d+$/.test(text))
    return (
      text +
      String(Number.parseInt(digest.slice(0, 8), 16))
        .slice(0, 6)
        .padEnd(6, '0')
    );
  const at = text.lastIndexOf('@');
  return at > 0 ? `${text.slice(0, at)}-${run}${text.slice(at)}` : `${text}-${run}`;
}
