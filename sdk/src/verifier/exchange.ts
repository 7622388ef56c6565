/** One request and its answer as they went over the wire, without secrets and with long bodies cut. */
export interface Exchange {
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  /** Missing when no answer came. */
  readonly response?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
}

/** What stands in the place of a key. */
export const REDACTED = '[key]';

const MAX_BODY = 4000;

/** Takes the key out of every part of an exchange, wherever the server repeated it, and cuts long bodies. */
export function redactExchange(exchange: Exchange, key: string): Exchange {
  const clean = (text: string) => cut(redact(text, key));
  const { request, response } = exchange;
  return {
    request: {
      method: request.method,
      url: clean(request.url),
      headers: redactHeaders(request.headers, key),
      ...(request.body === undefined ? {} : { body: clean(request.body) }),
    },
    ...(response && {
      response: {
        status: response.status,
        headers: redactHeaders(response.headers, key),
        body: clean(response.body),
      },
    }),
  };
}

/** Takes the key out of a text, percent-encoded or not. */
export function redact(text: string, key: string): string {
  if (key === '') return text;
  return text.replaceAll(key, REDACTED).replaceAll(encodeURIComponent(key), REDACTED);
}

function redactHeaders(headers: Readonly<Record<string, string>>, key: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, redact(value, key)]));
}

function cut(text: string): string {
  return text.length <= MAX_BODY ? text : `${text.slice(0, MAX_BODY)}… (${text.length} characters)`;
}

/** The exchange as a person reads it. */
export function formatExchange({ request, response }: Exchange): string {
  const lines = [`${request.method} ${request.url}`, ...formatHeaders(request.headers)];
  if (request.body !== undefined) lines.push('', request.body);
  if (response === undefined) return [...lines, '', '(no answer)'].join('\n');
  lines.push('', `HTTP ${response.status}`, ...formatHeaders(response.headers));
  if (response.body !== '') lines.push('', response.body);
  return lines.join('\n');
}

function formatHeaders(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
}
