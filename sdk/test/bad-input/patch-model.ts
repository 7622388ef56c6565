/** An e-mail of the model. */
interface Email {
  readonly value?: string;
  readonly type?: string;
  readonly primary?: boolean;
  readonly display?: string;
}

/** A user as plain data: what PATCH is told by in the model. An attribute without value is left out. */
export interface ModelUser {
  readonly userName: string;
  readonly displayName?: string;
  readonly nickName?: string;
  readonly active?: boolean;
  readonly name?: Readonly<Record<string, string>>;
  readonly emails: readonly Email[];
  readonly department?: string;
  readonly managerId?: string;
}

/** A request that must be refused, and leave everything as it is. */
export class ModelRefusal extends Error {}

export type TextName = 'userName' | 'displayName' | 'nickName' | 'department';
export type NamePart = 'givenName' | 'familyName' | 'formatted';
type Op = 'add' | 'replace' | 'remove';

/** The elements a path in brackets chooses, and the element it describes where it describes one. */
export interface Choice {
  readonly text: string;
  readonly meets: (email: Email) => boolean;
  readonly template: Email | undefined;
}

/** What one operation means, whatever its spelling. `value: null` means that the value goes. */
export type Meaning =
  | { readonly kind: 'text'; readonly name: TextName; readonly value: string | null }
  | { readonly kind: 'active'; readonly value: boolean | null }
  | { readonly kind: 'name'; readonly value: Readonly<Partial<Record<NamePart, string | null>>> | null }
  | { readonly kind: 'emails'; readonly op: Op; readonly emails: readonly Email[] }
  | { readonly kind: 'removeEmails' }
  | { readonly kind: 'chosen'; readonly op: Op; readonly choice: Choice; readonly email: Email }
  | {
      readonly kind: 'chosenPart';
      readonly op: Op;
      readonly choice: Choice;
      readonly part: keyof Email;
      readonly value: string | boolean | null;
    }
  | { readonly kind: 'manager'; readonly value: string | null }
  | { readonly kind: 'removeExtension' }
  /** Read-only in a value, or unknown. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'refused' };

/** The user after the operations, RFC 7644 §3.5.2 told in the plainest way. @throws ModelRefusal */
export function applyToModel(user: ModelUser, meanings: readonly Meaning[]): ModelUser {
  // Whatever is wrong with a request is wrong with all of it.
  if (meanings.some(({ kind }) => kind === 'refused')) throw new ModelRefusal();
  const after = meanings.reduce(applyOne, user);
  if (after.userName.trim() === '') throw new ModelRefusal();
  return after;
}

function applyOne(user: ModelUser, meaning: Meaning): ModelUser {
  switch (meaning.kind) {
    case 'text':
      if (meaning.name === 'userName' && meaning.value === null) throw new ModelRefusal();
      return withOrWithout(user, meaning.name, meaning.value ?? undefined);
    case 'active':
      return withOrWithout(user, 'active', meaning.value ?? undefined);
    case 'name': {
      if (meaning.value === null) return withOrWithout(user, 'name', undefined);
      const parts = Object.entries({ ...user.name, ...meaning.value }).filter(([, value]) => value !== null);
      return withOrWithout(
        user,
        'name',
        parts.length === 0 ? undefined : (Object.fromEntries(parts) as Record<string, string>),
      );
    }
    case 'emails':
      return { ...user, emails: changeEmails(user.emails, meaning) };
    case 'removeEmails':
      return { ...user, emails: [] };
    case 'chosen':
      return { ...user, emails: changeChosen(user.emails, meaning) };
    case 'chosenPart':
      return { ...user, emails: changePart(user.emails, meaning) };
    case 'manager':
      return withOrWithout(user, 'managerId', meaning.value ?? undefined);
    case 'removeExtension':
      return withOrWithout(withOrWithout(user, 'managerId', undefined), 'department', undefined);
    case 'ignored':
      return user;
    case 'refused':
      throw new ModelRefusal();
  }
}

function withOrWithout<N extends keyof ModelUser>(
  user: ModelUser,
  name: N,
  value: ModelUser[N] | undefined,
): ModelUser {
  const { [name]: _, ...rest } = user;
  return (value === undefined ? rest : { ...rest, [name]: value }) as ModelUser;
}

function changeEmails(
  present: readonly Email[],
  { op, emails }: Meaning & { kind: 'emails' },
): readonly Email[] {
  if (op === 'remove') return present.filter((email) => !emails.some((named) => hasParts(email, named)));
  if (emails.filter(({ primary }) => primary).length > 1) throw new ModelRefusal();
  const given = withoutRepeats(emails);
  if (op === 'replace') return given;
  const all = withoutRepeats([...present, ...given]);
  const primary = given.find((email) => email.primary);
  return withOnePrimary(all, (index) => primary !== undefined && isAbout(primary, all[index] ?? {}));
}

function changeChosen(
  present: readonly Email[],
  { op, choice, email }: Meaning & { kind: 'chosen' },
): readonly Email[] {
  if (op === 'remove') return present.filter((old) => !choice.meets(old));
  if (!present.some(choice.meets)) return create(present, choice, email);
  const isMeant = (index: number) => choice.meets(present[index] ?? {});
  const changed = present.map((old) => {
    if (!choice.meets(old)) return old;
    return op === 'replace' ? email : { ...old, ...email };
  });
  return withoutRepeats(withOnePrimary(changed, isMeant));
}

function changePart(
  present: readonly Email[],
  { op, choice, part, value }: Meaning & { kind: 'chosenPart' },
): readonly Email[] {
  if (!present.some(choice.meets)) {
    // Removing what is not there succeeds (T6).
    return op === 'remove' ? present : create(present, choice, { [part]: value ?? undefined }, part);
  }
  const isMeant = (index: number) => choice.meets(present[index] ?? {});
  const changed = present.map((old) =>
    choice.meets(old) ? withoutNothing({ ...old, [part]: value ?? undefined }) : old,
  );
  const kept = withOnePrimary(changed, isMeant).filter(
    (email, index) => !isMeant(index) || value !== null || isWorthKeeping(email, part),
  );
  return withoutRepeats(kept);
}

/** An e-mail of which only `type` and `primary` are left after something else was taken is no e-mail. */
function isWorthKeeping(email: Email, taken: keyof Email): boolean {
  const names = Object.keys(email);
  const isOnlyLabel = names.every((name) => name === 'type' || name === 'primary');
  return names.length > 0 && (!isOnlyLabel || taken === 'type' || taken === 'primary');
}

/** Where nothing is chosen, what the choice describes is made, with the e-mail's parts. */
function create(
  present: readonly Email[],
  { template }: Choice,
  email: Email,
  part?: keyof Email,
): readonly Email[] {
  if (template === undefined) throw new ModelRefusal();
  const made = withoutNothing({ ...template, ...email });
  if (part !== undefined && made[part] === undefined && !isWorthKeeping(made, part)) return present;
  return withoutRepeats(withOnePrimary([...present, made], (index) => index === present.length));
}

/** RFC 7643 §2.4: one value of one type stands once, with the parts of all, the last of each. */
function withoutRepeats(emails: readonly Email[]): readonly Email[] {
  const kept: Email[] = [];
  for (const email of emails) {
    const place = kept.findIndex((other) => isAbout(other, email));
    if (place === -1) kept.push(email);
    else kept[place] = { ...kept[place], ...email };
  }
  return kept;
}

/** RFC 7644 §3.5.2: of the values an operation is about, the last that is primary is the only one. */
function withOnePrimary(emails: readonly Email[], isMeant: (index: number) => boolean): readonly Email[] {
  const last = emails.findLastIndex((email, index) => email.primary === true && isMeant(index));
  if (last === -1) return emails;
  return emails.map((email, index) =>
    email.primary && index !== last ? { ...email, primary: false } : email,
  );
}

function withoutNothing(email: Email): Email {
  return Object.fromEntries(Object.entries(email).filter(([, value]) => value !== undefined));
}

function hasParts(email: Email, named: Email): boolean {
  return Object.entries(named).every(([name, value]) => email[name as keyof Email] === value);
}

function isAbout(a: Email, b: Email): boolean {
  return a.value === undefined ? isSame(a, b) : a.value === b.value && a.type === b.type;
}

function isSame(a: Email, b: Email): boolean {
  return hasParts(a, b) && hasParts(b, a);
}
