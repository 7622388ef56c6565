/** Where a value stands: its attribute and the one around it, in lower case; '' = none. */
export interface Place {
  readonly name: string;
  readonly parent: string;
}

/** Replaces a text by what may stand for it at a place. */
export type RedactText = (text: string, place: Place) => string;

/** Nothing is known of where it stands. */
export const NOWHERE: Place = { name: '', parent: '' };

/** The place a path names: `meta.created`, `emails[type eq "work"].value`, `urn:…:User:manager.value`. */
export function placeOf(path: string): Place {
  const [open, close] = [path.indexOf('['), path.lastIndexOf(']')];
  const plain = (
    open !== -1 && close > open ? path.slice(0, open) + path.slice(close + 1) : path
  ).toLowerCase();
  const attributes = plain.slice(plain.lastIndexOf(':') + 1).split('.');
  return { name: attributes.at(-1) ?? '', parent: attributes.at(-2) ?? '' };
}
