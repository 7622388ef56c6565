import { type ReactNode, useId } from 'react';
import { CommandLine } from './command-line.tsx';

/** From nothing to a first person on the team page. */
export function NextSteps({ isSignedIn }: { isSignedIn: boolean }) {
  const endpointUrl = `${location.origin}/scim/v2`;
  return (
    <section aria-labelledby="next-steps" className="flex flex-col gap-6">
      <h2 id="next-steps" className="font-semibold">
        What to do next
      </h2>
      <ol className="flex flex-col gap-6">
        <Step number={1} isDone={isSignedIn} title="Sign in as an administrator">
          Nora Lindqvist at Northwind, or Carla Reyes at Contoso. A member sees who may do this instead.
        </Step>
        <Step number={2} title="Generate a key">
          Settings, Directory sync: choose an identity provider and how long the key lives. It is shown once.
        </Step>
        <Step number={3} title="Point an identity provider at Harbor">
          Give yours the endpoint URL and the key. Without one, let Harbor play Okta, Entra ID and others:
          “Play the identity provider” on the same page. Or play its part in a terminal:
          <CommandLine label="a command that creates a person" command={createUserCommand(endpointUrl)} />
        </Step>
        <Step number={4} title="Watch the team fill">
          The person is on the Team page within seconds, managed by the directory. Whoever is deactivated
          there is signed out here at once.
        </Step>
      </ol>
    </section>
  );
}

function Step({
  number,
  title,
  isDone = false,
  children,
}: {
  number: number;
  title: string;
  isDone?: boolean;
  children: ReactNode;
}) {
  const titleId = useId();
  return (
    <li aria-labelledby={titleId} className="grid grid-cols-[1.75rem_minmax(0,1fr)] gap-x-3">
      <span
        aria-hidden="true"
        className="grid size-7 place-items-center rounded-full border bg-card font-medium text-muted-foreground text-xs"
      >
        {isDone ? '✓' : number}
      </span>
      <div className="flex min-w-0 flex-col gap-2 pt-0.5 text-muted-foreground text-sm">
        <h3 id={titleId} className="font-medium text-foreground">
          {title}
          {isDone && <span className="sr-only"> (done)</span>}
        </h3>
        {children}
      </div>
    </li>
  );
}

function createUserCommand(endpointUrl: string): string {
  return `KEY=paste-the-key-here
curl ${endpointUrl}/Users \\
  -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/scim+json" \\
  -d '{
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "ann.lee@northwind.example",
    "name": { "givenName": "Ann", "familyName": "Lee" },
    "emails": [{ "value": "ann.lee@northwind.example" }]
  }'`;
}
