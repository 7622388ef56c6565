import type { Persona, PersonaId, Scenario } from './persona.ts';
import { authentik } from './personas/authentik.ts';
import { cyberark } from './personas/cyberark.ts';
import { entra, entraFlag } from './personas/entra.ts';
import { google } from './personas/google.ts';
import { jumpcloud } from './personas/jumpcloud.ts';
import { keycloak } from './personas/keycloak.ts';
import { okta } from './personas/okta.ts';
import { oktaWizard } from './personas/okta-wizard.ts';
import { onelogin } from './personas/onelogin.ts';
import { pingone } from './personas/pingone.ts';
import { rippling } from './personas/rippling.ts';
import { sailpoint } from './personas/sailpoint.ts';
import { bulk } from './scenarios/bulk.ts';
import { tenants } from './scenarios/tenants.ts';
import { throttle } from './scenarios/throttle.ts';
import { SimulationError } from './simulation-error.ts';

const PERSONAS: readonly Persona[] = [
  okta,
  oktaWizard,
  entra,
  entraFlag,
  google,
  onelogin,
  jumpcloud,
  rippling,
  pingone,
  cyberark,
  sailpoint,
  authentik,
  keycloak,
];

/** What every identity provider can play beside its own scenarios. */
const COMMON: readonly Scenario[] = [throttle, tenants, bulk];

/** What can be simulated. */
export interface PersonaDescription {
  readonly id: PersonaId;
  readonly name: string;
  /** The first is the default. */
  readonly scenarios: readonly Pick<Scenario, 'name' | 'sequences' | 'title'>[];
}

/** All identity providers with their scenarios. */
export function listPersonas(): readonly PersonaDescription[] {
  return PERSONAS.map((persona) => ({
    id: persona.id,
    name: persona.name,
    scenarios: scenariosOf(persona).map(({ name, sequences, title }) => ({ name, sequences, title })),
  }));
}

/** @throws SimulationError */
export function findPersona(id: string): Persona {
  const persona = PERSONAS.find((candidate) => candidate.id === id);
  if (persona !== undefined) return persona;
  const known = PERSONAS.map((candidate) => candidate.id).join(', ');
  throw new SimulationError(
    'usage',
    `There is no identity provider "${id}" to simulate. Known are ${known}.`,
  );
}

/** By name or sequence, without regard to case; the default when nothing is asked for. @throws SimulationError */
export function findScenario(persona: Persona, asked: string | undefined): Scenario {
  const all = scenariosOf(persona);
  const wanted = asked?.toLowerCase() ?? all[0]?.name;
  const scenario = all.find(
    ({ name, sequences }) =>
      name === wanted || sequences.some((sequence) => sequence.toLowerCase() === wanted),
  );
  if (scenario !== undefined) return scenario;
  const known = all.map(({ name }) => name).join(', ');
  throw new SimulationError('usage', `${persona.id} has no scenario "${asked}". Known are ${known}.`);
}

function scenariosOf(persona: Persona): readonly Scenario[] {
  return [...persona.scenarios, ...COMMON];
}
