/** A person of one run. */
export interface Person {
  readonly userName: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly displayName: string;
  readonly email: string;
  readonly externalId: string;
  readonly employeeNumber: string;
}

/** Makes names that no other run and no real person has. */
export interface Names {
  /** What all names of the run contain. */
  readonly run: string;
  person(): Person;
  groupName(): string;
  uuid(): string;
  /** Letters and digits. */
  token(length: number): string;
}

export interface NamesOptions {
  /** From 0 to below 1. */
  readonly random: () => number;
  /** The form of external ids. @default a UUID */
  readonly makeExternalId?: ((names: Pick<Names, 'uuid' | 'token'>) => string) | undefined;
}

const GIVEN = ['Ann', 'Ben', 'Cho', 'Dora', 'Emil', 'Fatou', 'Goro', 'Hana'];
const FAMILY = ['Adler', 'Brook', 'Chae', 'Diaz', 'Evans', 'Fofana', 'Goto', 'Horn'];
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz';

export function createNames({ random, makeExternalId = ({ uuid }) => uuid() }: NamesOptions): Names {
  const pick = (alphabet: string) => alphabet[Math.floor(random() * alphabet.length)] ?? '0';
  const token = (length: number) => Array.from({ length }, () => pick(DIGITS)).join('');
  const uuid = () => 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replaceAll('x', () => pick('0123456789abcdef'));
  const run = `sim-${token(8)}`;
  let people = 0;
  let groups = 0;
  return {
    run,
    uuid,
    token,
    person() {
      const givenName = GIVEN[people % GIVEN.length] ?? '';
      const familyName = FAMILY[people % FAMILY.length] ?? '';
      people += 1;
      const userName = `${givenName}.${familyName}.${run}.${people}@example.com`.toLowerCase();
      return {
        userName,
        givenName,
        familyName,
        displayName: `${givenName} ${familyName}`,
        email: userName,
        externalId: makeExternalId({ uuid, token }),
        employeeNumber: String(70_000 + people),
      };
    },
    groupName() {
      groups += 1;
      return `Simulated group ${groups} ${run}`;
    },
  };
}
