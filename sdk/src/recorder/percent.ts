/** Percent-decoded; a text that cannot be is taken as it stands. */
export function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A query's value decoded, `+` being a space. */
export function decodeQueryPart(text: string): string {
  return decodePart(text.replaceAll('+', ' '));
}

/** Percent-encoded as another text was: `+` or `%20`, hexadecimal digits in its case. */
export function encodeLike(raw: string, text: string): string {
  const encoded = encodeURIComponent(text.toWellFormed());
  const spaced = raw.includes('+') && !raw.includes('%20') ? encoded.replaceAll('%20', '+') : encoded;
  const isLower = /%[0-9a-f]*[a-f]/.test(raw) && !/%(?:[A-F][0-9A-F]|[0-9][A-F])/.test(raw);
  return isLower ? spaced.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()) : spaced;
}
