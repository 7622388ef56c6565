import { CliError } from './cli-error.ts';

/** An option's whole number from 1 on. @throws CliError naming the option. */
export function readNumber(option: string, text: string, most: number): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw new CliError(`${option}: give a whole number from 1 to ${most}.`, 2);
}
