/** An endpoint URL taken apart, so that paths can be put below one that carries a query. */
export interface Endpoint {
  /** Without a trailing slash. */
  readonly base: string;
  /** Sent with every request; Entra ID's flags stand here. */
  readonly query: string;
}

/** @returns undefined for what is no http(s) URL. */
export function parseEndpoint(text: string): Endpoint | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, origin, pathname, search } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return undefined;
  return { base: origin + pathname.replace(/\/+$/, ''), query: search.slice(1) };
}

/** The URL of a path below the endpoint, the endpoint's own query first. */
export function toUrl({ base, query }: Endpoint, path: string): string {
  if (query === '') return base + path;
  const [before = '', ...after] = path.split('?');
  const rest = after.join('?');
  return `${base}${before}?${rest === '' ? query : `${query}&${rest}`}`;
}
