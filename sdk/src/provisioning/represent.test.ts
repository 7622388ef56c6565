import { expect, test } from 'vitest';
import { compileResourceType } from '../protocol/schema/resource-type.ts';
import { representAttributes } from './represent.ts';

test('rfc 31, 61: what hooks and events carry has no value that is never returned', () => {
  const type = compileResourceType({
    name: 'Safe',
    endpoint: '/Safes',
    schema: {
      id: 'urn:example:Safe',
      name: 'Safe',
      attributes: [
        { name: 'label' },
        { name: 'pin', mutability: 'writeOnly' },
        { name: 'key', returned: 'never' },
      ],
    },
  });
  const created = '2026-01-01T00:00:00.000Z';
  const attributes = { label: 'L', pin: 'canary', key: 'canary' };
  const shown = representAttributes({ id: 's1', type, attributes, created, lastModified: created });
  expect(JSON.parse(JSON.stringify(shown))).toEqual({
    schemas: ['urn:example:Safe'],
    id: 's1',
    label: 'L',
    meta: { resourceType: 'Safe', created, lastModified: created },
  });
});
