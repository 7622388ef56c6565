import { readdirSync } from 'node:fs';
import type { Scenario } from './scenario.ts';

const folder = new URL('../', import.meta.url);

/** Names of all scenarios: the files beside the command, each of which has one. */
export function listScenarios(): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}

/** @param name one of {@link listScenarios} */
export async function loadScenario(name: string): Promise<Scenario> {
  const { scenario } = (await import(new URL(`${name}.ts`, folder).href)) as { scenario?: Scenario };
  if (scenario === undefined) throw new TypeError(`scenarios/${name}.ts exports no "scenario".`);
  return scenario;
}
