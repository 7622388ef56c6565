import { fold } from '../protocol/fold.ts';
import { isArray, isObject, type JsonObject } from '../protocol/json.ts';

/** The primary e-mail address of a resource, else its first; null = none. */
export function readEmail({ emails }: JsonObject): string | null {
  if (!isArray(emails)) return null;
  const all = emails.filter(isObject);
  const chosen = all.find(({ primary }) => primary === true) ?? all[0];
  return typeof chosen?.value === 'string' && chosen.value !== '' ? chosen.value : null;
}

/**
 * The domain of an address in the form domains are compared in; null = it has none. Of a name that is not ASCII that
 * is its Punycode, so that look-alikes of other scripts are other domains.
 */
export function toDomain(address: string): string | null {
  const at = address.lastIndexOf('@');
  return at > 0 ? normaliseDomain(address.slice(at + 1)) : null;
}

/** A domain in the form domains are compared in; null = it is none. */
export function normaliseDomain(text: string): string | null {
  const url = `https://${text}`;
  if (!/^[^\s/?#@:%\\[\]]+$/.test(text) || !URL.canParse(url)) return null;
  const { hostname } = new URL(url);
  const labels = hostname.split('.');
  const isName = labels.length > 1 && labels.every((label) => /^[a-z0-9-]{1,63}$/.test(label));
  return isName && !/^\d+$/.test(labels.at(-1) ?? '') ? hostname : null;
}

/** Whether two addresses are the same but for their case. */
export function isSameEmail(one: string, other: string): boolean {
  return fold(one) === fold(other);
}
