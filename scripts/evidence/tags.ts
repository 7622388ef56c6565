/** The requirements a test names at the start of its own name: `rfc 61, 63:`, `rfc-73 rfc-79 …`, `T5:`, `seq-S3 …`. */
export function readTags(testName: string): readonly string[] {
  const tags: string[] = [];
  let rest = testName;
  let kind: string | undefined;
  for (;;) {
    const found = /^(?:(rfc|seq|case|inv|fault)[- ]?)?([A-Z]?\d+)(?=[,:\s]|$)[,\s]*/.exec(rest);
    if (found === null) return tags;
    const [text, named, number = ''] = found;
    kind = named ?? (/^[TB]/.test(number) ? '' : kind);
    // A number that follows no kind is part of the sentence.
    if (kind === undefined || (kind === 'rfc') !== /^\d/.test(number)) return tags;
    tags.push(kind === '' ? number : `${kind} ${number}`);
    rest = rest.slice(text.length);
  }
}
