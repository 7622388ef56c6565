/** Values by name; a list's elements are reached as `name.0`. */
export type Variables = Record<string, unknown>;

/**
 * Fills `{{name}}` in: a text that is nothing else becomes the value itself, so that a captured answer can be
 * sent back whole. Two objects stand for values that texts cannot hold:
 *
 * - `{ "$merge": [a, b] }`: the properties of both, the later ones winning.
 * - `{ "$batch": { "of": "list", "size": 100, "item": … } }`: the item for each element, `{{item}}`, of the
 *   batch numbered `{{index}}`.
 */
export function fill(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') return fillText(value, variables);
  if (Array.isArray(value)) return value.map((item) => fill(item, variables));
  if (typeof value !== 'object' || value === null) return value;
  if ('$merge' in value) return Object.assign({}, ...(fill(value.$merge, variables) as object[]));
  if ('$batch' in value) return fillBatch(value.$batch as Batch, variables);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, fill(part, variables)]));
}

/** Fills a text that stays text. */
export function fillString(text: string, variables: Variables): string {
  return String(fillText(text, variables));
}

interface Batch {
  readonly of: string;
  readonly size: number;
  readonly item: unknown;
}

function fillBatch({ of, size, item }: Batch, variables: Variables): unknown[] {
  const start = Number(variables.index ?? 0) * size;
  const elements = readVariable(of, variables) as unknown[];
  return elements.slice(start, start + size).map((element) => fill(item, { ...variables, item: element }));
}

function fillText(text: string, variables: Variables): unknown {
  const whole = /^\{\{([^{}]+)\}\}$/.exec(text)?.[1];
  if (whole !== undefined) return readVariable(whole, variables);
  return text.replace(/\{\{([^{}]+)\}\}/g, (_match, name: string) => String(readVariable(name, variables)));
}

function readVariable(name: string, variables: Variables): unknown {
  const [first = '', position] = name.split('.');
  const value = position === undefined ? variables[first] : (variables[first] as unknown[])[Number(position)];
  if (value === undefined) throw new Error(`The exchange uses {{${name}}} before it is known.`);
  return value;
}
