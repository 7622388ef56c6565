import { CORE_NAMES } from './core-names.ts';
import { DETAIL_WORDS } from './detail-words.ts';
import type { Place, RedactText } from './place.ts';
import { redactTag } from './redact-tag.ts';
import type { RedactTarget } from './redact-target.ts';
import type { StandIns } from './stand-in.ts';
import { ELEMENT_TYPES, isSchemaUri, type Vocabulary } from './vocabulary.ts';

export interface TextRules {
  readonly standIns: StandIns;
  readonly vocabulary: Vocabulary;
  /** The base URLs under which the server is known now. */
  readonly bases: () => readonly string[];
  readonly redactTarget: RedactTarget;
}

/** What stands for the server's base URL. */
export const BASE = '{{base}}';

/** What stands for every password and secret: not even which are the same is told. */
const SECRET = 'Stand-in-1-for-a-secret';

/** Longer explanations explain nothing. */
const MAX_DETAIL = 4096;

/** The rule for texts in bodies and filters: what is kept is known to be harmless at its place. */
export function createTextRule({ standIns, vocabulary, bases, redactTarget }: TextRules): RedactText {
  return (text, place) => {
    if (text === '' || /^(?:true|false)$/i.test(text)) return text;
    if (isSecret(place)) return SECRET;
    const base = findBase(text, bases());
    if (base !== undefined) return BASE + redactTarget(text.slice(base.length));
    if (isReference(text, place, vocabulary)) return redactTarget(text);
    if (isKept(text, place, vocabulary)) return text;
    if (place.parent === 'meta' && place.name === 'version') return redactTag(text, standIns);
    if (place.parent === 'meta' && (place.name === 'created' || place.name === 'lastmodified')) {
      return standIns.instant(text) || standIns.text(text);
    }
    return place.name === 'country' ? standIns.country(text) : standIns.text(text);
  };
}

/** An explanation in words: those of every explanation stay, whatever else is in it goes. */
export function redactDetail(text: string, standIns: StandIns): string {
  if (text.length > MAX_DETAIL) return standIns.text(text);
  return text.replace(/"[^"]*"|'[^']*'|`[^`]*`|[^\s"'`]+/g, (token) => {
    const core = /^[([{]*(?<word>.*?)[)\]}.,;:!?]*$/s.exec(token)?.groups?.word ?? '';
    const isKnown =
      CORE_NAMES.has(core) || (/^[A-Z]?[a-z]*$/.test(core) && DETAIL_WORDS.has(core.toLowerCase()));
    return isKnown ? token : standIns.text(token);
  });
}

function isSecret({ name, parent }: Place): boolean {
  return /passw|secret|token|credential|privatekey|apikey/.test(`${name} ${parent}`);
}

/** The longest base URL a text stands below. */
function findBase(text: string, bases: readonly string[]): string | undefined {
  return bases
    .filter((base) => text.startsWith(base) && /^(?:$|[/?])/.test(text.slice(base.length)))
    .sort((a, b) => b.length - a.length)[0];
}

/** A relative URI of a resource, such as `../Users/2819c223`. */
function isReference(text: string, { name }: Place, { isEndpoint }: Vocabulary): boolean {
  if (name !== '$ref' && name !== 'location') return false;
  return (
    text.split('/').length > 1 && text.split('/').some((segment) => segment !== '' && isEndpoint(segment))
  );
}

function isKept(text: string, { name, parent }: Place, { isResourceType }: Vocabulary): boolean {
  switch (name) {
    case 'schemas':
      return isSchemaUri(text);
    case 'type':
      return ELEMENT_TYPES.has(text.toLowerCase()) || isResourceType(text);
    case 'resourcetype':
      return parent === 'meta' && isResourceType(text);
    case 'locale':
    case 'preferredlanguage':
      return isLanguageTag(text);
    case 'timezone':
      return TIME_ZONES.has(text);
    default:
      return false;
  }
}

/** Languages and regions there are; no other text, however it is formed. */
function isLanguageTag(text: string): boolean {
  const { language, region } = /^(?<language>[a-z]{2})(?:[-_](?<region>[A-Z]{2}))?$/.exec(text)?.groups ?? {};
  if (language === undefined) return false;
  return languages.of(language) !== undefined && (region === undefined || regions.of(region) !== undefined);
}

const languages = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });
const regions = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
const TIME_ZONES: ReadonlySet<string> = new Set(['UTC', ...Intl.supportedValuesOf('timeZone')]);
