import type { Json } from '../protocol/json.ts';

/** A request as an identity provider writes it; `path` stands below the endpoint URL and is sent as it is. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: Json;
  /** Beside those of the persona, or in their place. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer, read. */
export interface Answer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** undefined = no body, or none that is JSON. */
  readonly body: Json | undefined;
}

export function get(path: string): Request {
  return { method: 'GET', path };
}

export function post(path: string, body: Json): Request {
  return { method: 'POST', path, body };
}

export function put(path: string, body: Json): Request {
  return { method: 'PUT', path, body };
}

export function patch(path: string, body: Json): Request {
  return { method: 'PATCH', path, body };
}

export function remove(path: string): Request {
  return { method: 'DELETE', path };
}

/** The path of one user. */
export function userPath(id: string): string {
  return `/Users/${encodeURIComponent(id)}`;
}

/** The path of one group. */
export function groupPath(id: string): string {
  return `/Groups/${encodeURIComponent(id)}`;
}

/** Text in the quotes of a filter. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** A query value with spaces as `%20`. */
export function encode(text: string): string {
  return encodeURIComponent(text);
}

/** A query value with spaces as `+`. */
export function encodePlus(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+');
}
