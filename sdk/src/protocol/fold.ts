/**
 * The form in which values with `caseExact: false` are compared: NFC, lower case, final sigma as sigma, NFC.
 *
 * Folding twice gives the same text, so a stored key and a folded literal always meet. The database never
 * folds by itself: SQLite knows ASCII only, and `lower('İ')` differs between engines.
 */
export function fold(text: string): string {
  if (isPlainLowerCase(text)) return text;
  return text.normalize('NFC').toLowerCase().replaceAll('ς', 'σ').normalize('NFC');
}

/** Most names are lower-case ASCII already; the check is cheaper than two normalisations. */
function isPlainLowerCase(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f || (code >= 0x41 && code <= 0x5a)) return false;
  }
  return true;
}

/** Orders text by code point, as both databases order bytes of UTF-8; `<` would order UTF-16 units. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right)
      return isSurrogate(left) === isSurrogate(right) ? left - right : isSurrogate(left) ? 1 : -1;
  }
  return a.length - b.length;
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}
