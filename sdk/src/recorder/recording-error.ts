/** A recording or a replay that could not begin: asked for wrongly, or the file or server cannot be used. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}
