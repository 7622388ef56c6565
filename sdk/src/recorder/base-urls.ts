import { isObject, type Json } from '../protocol/json.ts';
import type { Headers } from './redact-headers.ts';

/** The base URLs a server is known under. It may call itself another name than the one it is reached by. */
export interface BaseUrls {
  readonly list: () => readonly string[];
  /** Learns from where an answer says its resource is. */
  learn(answer: { readonly headers: Headers; readonly body: Json | undefined }): void;
}

export function createBaseUrls(known: string): BaseUrls {
  const bases = new Set([known]);
  const learnFrom = (location: Json | undefined, id: string) => {
    if (typeof location !== 'string') return;
    const found = /^(?<base>https?:\/\/[^?#]+?)\/[A-Za-z][\w-]*\/(?<last>[^/?#]+)$/i.exec(location)?.groups;
    if (found?.base !== undefined && (found.last === id || found.last === encodeURIComponent(id)))
      bases.add(found.base);
  };
  return {
    list: () => [...bases],
    learn({ headers, body }) {
      if (!isObject(body) || typeof body.id !== 'string') return;
      learnFrom(headers.location, body.id);
      if (isObject(body.meta)) learnFrom(body.meta.location, body.id);
    },
  };
}

/**
 * Puts another base URL wherever a JSON text has a value that begins with one of these. Every other byte stays as
 * it is.
 */
export function replaceBases(body: Buffer, bases: readonly string[], by: string): Buffer {
  const found = bases.filter(
    (base) => base !== by && (body.includes(base) || body.includes(escapeSlashes(base))),
  );
  if (found.length === 0) return body;
  let text = body.toString('latin1');
  for (const base of [...found].sort((a, b) => b.length - a.length)) {
    text = replaceValue(replaceValue(text, base, by), escapeSlashes(base), escapeSlashes(by));
  }
  return Buffer.from(text, 'latin1');
}

/** A header's value below another base URL. */
export function replaceBase(value: string, bases: readonly string[], by: string): string {
  const base = [...bases]
    .sort((a, b) => b.length - a.length)
    .find((text) => value === text || value.startsWith(`${text}/`));
  return base === undefined ? value : by + value.slice(base.length);
}

function replaceValue(text: string, base: string, by: string): string {
  return text
    .split(`"${base}`)
    .reduce((done, rest) => `${done}"${/^(?:\\?\/|"|\?)/.test(rest) ? by : base}${rest}`);
}

/** Some servers write `\/` in JSON. */
function escapeSlashes(text: string): string {
  return text.replaceAll('/', '\\/');
}
