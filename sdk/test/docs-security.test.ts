import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Links from a claim to its test: the text is the test's name or the beginning of it. */
function readLinks(markdown: string) {
  return [...markdown.matchAll(/\[([^\]]+)\]\(([^)]+\.test\.tsx?)\)/g)].map(([, name = '', file = '']) => ({
    name,
    file,
  }));
}

/** Names of tests as they stand in a source file, quotes unescaped. */
function readNames(file: string): string {
  return readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'");
}

describe.each(['SECURITY.md', 'THREAT_MODEL.md'])('%s', (document) => {
  const text = readFileSync(join(root, document), 'utf8');

  test('names tests that exist', () => {
    const links = readLinks(text);
    expect(links.length).toBeGreaterThan(5);
    for (const { name, file } of links) expect(readNames(file), `${file}: ${name}`).toContain(name);
  });

  test('has a test for every claim', () => {
    const section = /\n## (?:Claimed|What is claimed)[\s\S]*?(?=\n## |$)/.exec(text)?.[0] ?? '';
    // A claim is an item of the list; its tests are the items below it.
    const claims = section.split(/\n(?=\d+\. |- )/).slice(1);
    expect(claims.length).toBeGreaterThan(5);
    for (const claim of claims) expect(readLinks(claim).length, claim).toBeGreaterThan(0);
  });

  test('links to files that exist', () => {
    for (const [, file = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      expect(() => readFileSync(join(root, file))).not.toThrow();
    }
  });
});
