import type { StandIns } from './stand-in.ts';

/** An entity tag, or the `meta.version` that is one, with another text between its quotes. */
export function redactTag(text: string, standIns: StandIns): string {
  const { weak = '', tag } = /^(?<weak>W\/)?"(?<tag>[^"]*)"$/.exec(text.trim())?.groups ?? {};
  return tag === undefined ? standIns.text(text) : `${weak}"${standIns.text(tag)}"`;
}
