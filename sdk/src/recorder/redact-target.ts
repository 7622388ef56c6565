import { isPathText } from '../protocol/path.ts';
import { decodePart, decodeQueryPart, encodeLike } from './percent.ts';
import { NOWHERE, type RedactText } from './place.ts';
import { redactFilter } from './redact-filter.ts';
import type { StandIns } from './stand-in.ts';
import { isSchemaUri, PARAMETERS, type Vocabulary } from './vocabulary.ts';

/** Redacts a path below the base URL with its query. */
export type RedactTarget = (target: string) => string;

export interface TargetRules {
  readonly standIns: StandIns;
  readonly vocabulary: Vocabulary;
  readonly redactText: RedactText;
}

/** The rule for paths and queries. How they are written stays: slashes, `+` or `%20`, case of hexadecimal digits. */
export function createTargetRule({ standIns, vocabulary, redactText }: TargetRules): RedactTarget {
  const redactSegment = (raw: string, index: number, segments: readonly string[]): string => {
    const segment = decodePart(raw);
    if (segment === '' || /^\.{1,2}$/.test(segment) || vocabulary.isEndpoint(segment)) return raw;
    const before = segments[index - 1]?.toLowerCase();
    if (before === 'schemas' && isSchemaUri(segment)) return raw;
    if (before === 'resourcetypes' && vocabulary.isResourceType(segment)) return raw;
    return encodeLike(raw, redactText(segment, NOWHERE));
  };

  const redactParameter = (piece: string): string => {
    if (piece === '') return piece;
    const [rawName = '', ...rest] = piece.split('=');
    const name = decodePart(rawName);
    const isKnown = PARAMETERS.has(name.toLowerCase());
    const writtenName = isKnown ? rawName : encodeLike(rawName, standIns.text(name));
    if (rest.length === 0) return writtenName;
    const raw = rest.join('=');
    const value = decodeQueryPart(raw);
    const redacted = isKnown ? redactKnown(name.toLowerCase(), value) : standIns.text(value);
    return `${writtenName}=${redacted === value ? raw : encodeLike(raw, redacted)}`;
  };

  const redactKnown = (name: string, value: string): string => {
    switch (name) {
      case 'filter':
        return redactFilter(value, { standIns, redactText });
      case 'startindex':
      case 'count':
        return /^-?\d{1,9}$/.test(value) ? value : standIns.text(value);
      case 'sortorder':
        return /^(?:ascending|descending)$/i.test(value) ? value : standIns.text(value);
      case 'sortby':
      case 'attributes':
      case 'excludedattributes':
        return value.replace(/[^,]+/g, (path) =>
          isPathText(path.trim()) || isSchemaUri(path.trim()) ? path : standIns.text(path),
        );
      default:
        return standIns.text(value);
    }
  };

  return (target) => {
    const [path = '', ...query] = target.split('?');
    const segments = path.split('/');
    const redacted = segments.map(redactSegment).join('/');
    return query.length === 0
      ? redacted
      : `${redacted}?${query.join('?').split('&').map(redactParameter).join('&')}`;
  };
}
