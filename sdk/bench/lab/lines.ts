/** CPU time per request over a size, one line for each server. */
export interface Lines {
  readonly title: string;
  /** What the size is of. */
  readonly axis: string;
  readonly lines: readonly Line[];
}

export interface Line {
  readonly name: string;
  readonly points: readonly { readonly size: number; readonly cpuMs: number }[];
}
