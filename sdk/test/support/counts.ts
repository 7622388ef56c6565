import { channel } from 'node:diagnostics_channel';

const inputs = channel('scimkit:test:inputs');

/** Notes how many inputs of a kind a random test tried, for the report at the end of the run. */
export function countInputs(kind: string, count: number): void {
  inputs.publish({ [kind]: count });
}
