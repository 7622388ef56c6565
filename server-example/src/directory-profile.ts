import { z } from 'zod';

// An identity provider's words are untrusted: whatever has another shape than expected counts as absent.
const text = z.string().trim().min(1).optional().catch(undefined);

const userSchema = z.object({
  userName: z.string(),
  displayName: text,
  name: z.object({ formatted: text, givenName: text, familyName: text }).optional().catch(undefined),
  title: text,
  emails: z.array(z.object({ value: text, primary: z.boolean().optional().catch(undefined) })).catch([]),
  active: z.boolean().catch(true),
});

const groupSchema = z.object({ displayName: z.string() });

/** What Harbor keeps of a person the directory sent. */
export interface DirectoryProfile {
  readonly userName: string;
  readonly email: string | null;
  readonly name: string;
  readonly title: string | null;
  readonly active: boolean;
}

/** Reads a SCIM user. Nothing but a userName is needed. */
export function readProfile(resource: unknown): DirectoryProfile {
  const user = userSchema.parse(resource);
  const email = user.emails.find((candidate) => candidate.primary) ?? user.emails[0];
  const fullName = [user.name?.givenName, user.name?.familyName].filter(Boolean).join(' ');
  return {
    userName: user.userName,
    email: email?.value ?? null,
    name: user.displayName ?? user.name?.formatted ?? (fullName || user.userName),
    title: user.title ?? null,
    active: user.active,
  };
}

/** Reads a linked SCIM user, of whom the identity may be left out. */
export function readLinkedProfile(resource: unknown) {
  const user = userSchema.partial({ userName: true }).parse(resource);
  const email = user.emails.find((candidate) => candidate.primary) ?? user.emails[0];
  return { email: email?.value ?? null, userName: user.userName ?? null, title: user.title ?? null };
}

/** Reads a SCIM group's name. */
export function readGroupName(resource: unknown): string {
  return groupSchema.parse(resource).displayName;
}
