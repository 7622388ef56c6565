import { describe, expect, test } from 'vitest';
import { collectProofs, findUnproven, type Ran } from './proofs.ts';
import { printProofs } from './table.ts';
import { readTags } from './tags.ts';

describe('the requirements a test names', () => {
  test.each([
    ['rfc 5: an integer has no fraction', ['rfc 5']],
    ['rfc 61, 63, 64: by default neither', ['rfc 61', 'rfc 63', 'rfc 64']],
    ['rfc 28, rfc 153: ETag equals meta.version', ['rfc 28', 'rfc 153']],
    ['rfc-73 rfc-79 every answer names its type', ['rfc 73', 'rfc 79']],
    ['T12, rfc 18: null is unassigned', ['T12', 'rfc 18']],
    ['seq-S3 Okta pushes groups', ['seq S3']],
    ['case-S20 inv-I5 time grows no faster', ['case S20', 'inv I5']],
    ['T28 100 additions of one member each', ['T28']],
    ['T5 and more', ['T5']],
    ['B3: paths of PATCH', ['B3']],
    ['100 members', []],
    ['about rfc 5', []],
  ])('%s', (name, tags) => {
    expect(readTags(name)).toEqual(tags);
  });
});

describe('what counts as shown', () => {
  const requirement = { id: 'rfc 5', level: 'MUST', source: 'RFC 7643 §2.3.4', title: 'whole numbers' };
  const ran: Ran = { file: 'a.test.ts', name: 'rfc 5: rule', passed: true, answers: 1, expectations: 1 };

  test('a passed test with an answer and an expectation', () => {
    const proofs = collectProofs([requirement], [ran]);
    expect(proofs[0]?.tests).toEqual([ran]);
    expect(findUnproven(proofs)).toEqual([]);
    expect(printProofs(proofs)).toContain('[rfc 5: rule](a.test.ts)');
  });

  test.each([
    ['a failed one', { passed: false }],
    ['one that read no answer', { answers: 0 }],
    ['one that expected nothing', { expectations: 0 }],
    ['one that names four', { name: 'rfc 5, 6, 7, 8: all at once' }],
    ['one that names another', { name: 'rfc 50: rule' }],
  ])('not %s', (_what, change) => {
    const proofs = collectProofs([requirement], [{ ...ran, ...change }]);
    expect(findUnproven(proofs)).toEqual([requirement]);
    expect(printProofs(proofs)).toContain('**none**');
  });

  test('a written reason stands for a test', () => {
    const proofs = collectProofs([{ ...requirement, reason: 'switched off' }], []);
    expect(findUnproven(proofs)).toEqual([]);
    expect(printProofs(proofs)).toContain('switched off');
  });
});
