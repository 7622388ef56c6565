import type { JsonObject } from '../protocol/json.ts';
import {
  type Representation,
  type RepresentOptions,
  representAll,
  representInParts,
} from '../provisioning/represent.ts';
import type { ResourceReader, StoredResource } from '../store/port.ts';

/** A resource as it is answered: its state at one moment, however long it took to read. */
export interface WholeResource<T extends StoredResource> {
  readonly resource: T;
  readonly version: string;
  /** JSON, or its text in pieces where the members are very many. */
  readonly body: JsonObject | readonly Uint8Array[];
}

/** How often members are read in parts before they are read at one go, which keeps others waiting. */
const MAX_TRIES = 3;

/**
 * Shows a resource. Members that are very many are read in parts; where the resource was written meanwhile it is read
 * again, for parts of two states are none.
 *
 * @param more stands in the body beside what is shown of the resource.
 */
export async function readWhole<T extends StoredResource>(
  reader: ResourceReader,
  resource: T,
  { options, more = {} }: { readonly options: RepresentOptions; readonly more?: JsonObject | undefined },
): Promise<WholeResource<T>> {
  let current = resource;
  for (let tries = 1; ; tries += 1) {
    const represent = tries > MAX_TRIES ? representAll : representInParts;
    const [shown] = await represent(reader, [current], options);
    if (shown === undefined) throw new Error('A resource has no representation.');
    const { version, apart } = shown;
    const body = { ...shown.body, ...more };
    if (apart === undefined) return { resource: current, version, body };
    const pieces = await toPieces({ ...shown, body });
    const now = await reader.find(current.type, current.id);
    if (now === undefined || now.version === current.version)
      return { resource: current, version, body: pieces };
    current = { ...current, ...now };
  }
}

/** The text of a resource whose members stand apart: that of {@link JSON.stringify}, had they been in the body. */
async function toPieces({ body, apart }: Representation): Promise<readonly Uint8Array[]> {
  const members: Uint8Array[] = [];
  if (apart !== undefined) {
    for await (const part of apart.parts()) {
      if (part.length === 0) continue;
      const text = JSON.stringify(part).slice(1, -1);
      members.push(Buffer.from(members.length === 0 ? text : `,${text}`));
    }
  }
  const names = Object.keys(body).filter((name) => name !== apart?.name || members.length > 0);
  const at = apart === undefined ? -1 : names.indexOf(apart.name);
  if (at === -1) return [Buffer.from(`{${names.map((name) => toText(body, name)).join()}}`)];
  const before = names.slice(0, at).map((name) => `${toText(body, name)},`);
  const after = names.slice(at + 1).map((name) => `,${toText(body, name)}`);
  const head = `{${before.join('')}${JSON.stringify(apart?.name)}:[`;
  return [Buffer.from(head), ...members, Buffer.from(`]${after.join('')}}`)];
}

function toText(body: JsonObject, name: string): string {
  return `${JSON.stringify(name)}:${JSON.stringify(body[name])}`;
}

/**
 * The text of a list whose `Resources` come last, resource by resource: no more than one of them is in memory.
 *
 * @param envelope the list without its resources
 */
export async function* writeList(
  envelope: JsonObject,
  resources: AsyncIterable<JsonObject | readonly Uint8Array[]>,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${JSON.stringify(envelope).slice(0, -1)},"Resources":[`);
  let isFirst = true;
  for await (const resource of resources) {
    if (!isFirst) yield Buffer.from(',');
    isFirst = false;
    if (isPieces(resource)) yield* resource;
    else yield Buffer.from(JSON.stringify(resource));
  }
  yield Buffer.from(']}');
}

/** True for a text in pieces. */
export function isPieces(body: JsonObject | readonly Uint8Array[]): body is readonly Uint8Array[] {
  return Array.isArray(body);
}
