import type { ResourceType } from '../protocol/schema/resource-type.ts';
import type { ResourceReader, StoredResource } from '../store/port.ts';

const IN_PART = 250;

/** All resources of one type of a connection in the order of their ids, in parts. */
export async function* walkResources(
  reader: ResourceReader,
  type: ResourceType,
): AsyncGenerator<readonly StoredResource[]> {
  let after: { readonly key: null; readonly id: string } | undefined;
  do {
    const page = await reader.walk([{ type }], {
      ...(after === undefined ? {} : { after }),
      limit: IN_PART,
    });
    yield page.resources;
    after = page.next === undefined ? undefined : { key: null, id: page.next.id };
  } while (after !== undefined);
}
