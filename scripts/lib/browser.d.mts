/** The Chromium that the browser tests drive; installs one where that is possible, else ends the task. */
export function findChromium(): Promise<string>;
/** A Chromium or Chrome on the PATH that starts. */
export function lookUpChromium(): string | undefined;
