import { isHidden } from '../protocol/schema/attribute-rules.ts';
import type { Attribute, ResourceType } from '../protocol/schema/resource-type.ts';

/** Which names of a request say something that may be kept. */
export interface KnownNames {
  /** Of an attribute, a schema or a message; whatever its case. A URN before the name is left aside. */
  isOpen(name: string): boolean;
}

/** Names of messages, RFC 7644 §3.5.2, §3.7 and §3.4.3. */
const MESSAGE_NAMES = [
  ...['schemas', 'operations', 'op', 'path', 'value', 'failonerrors', 'method', 'bulkid', 'version', 'data'],
  ...['filter', 'sortby', 'sortorder', 'startindex', 'count', 'cursor', 'attributes', 'excludedattributes'],
];

/**
 * Names of every attribute served that may be shown, and of messages (P35). One that is writeOnly or never returned,
 * such as `password`, is none of them, wherever else its name may stand: what is in doubt is taken out.
 */
export function createKnownNames(types: readonly ResourceType[]): KnownNames {
  const open = new Set(MESSAGE_NAMES);
  const secret = new Set<string>();
  const urns: string[] = [];
  const add = (attributes: ReadonlyMap<string, Attribute>) => {
    for (const [name, attribute] of attributes) {
      if (isHidden(attribute)) secret.add(name);
      else {
        open.add(name);
        add(attribute.subAttributes);
      }
    }
  };
  for (const { schema, extensions, attributes } of types) {
    add(attributes);
    urns.push(schema.id.toLowerCase());
    for (const extension of extensions) {
      add(extension.schema.attributes);
      urns.push(extension.schema.id.toLowerCase());
    }
  }
  // The longest first: one URN may be the beginning of another.
  urns.sort((one, other) => other.length - one.length);
  for (const urn of urns) open.add(urn);
  return {
    isOpen(name) {
      const lower = name.toLowerCase();
      if (open.has(lower)) return !secret.has(lower);
      const urn = lower.startsWith('urn:') ? urns.find((one) => lower.startsWith(`${one}:`)) : undefined;
      const rest = urn === undefined ? undefined : lower.slice(urn.length + 1);
      return rest !== undefined && open.has(rest) && !secret.has(rest);
    },
  };
}
