/** Told to the person at the terminal as it stands, without a stack: says what to do next, names no secret. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: 1 | 2;

  /** @param exitCode 1 = could not be done, 2 = asked for wrongly */
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
