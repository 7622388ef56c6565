/** A run that could not begin: asked for wrongly, or nobody answers at the URL. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
  readonly reason: 'usage' | 'unreachable';

  constructor(reason: SimulationError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}
