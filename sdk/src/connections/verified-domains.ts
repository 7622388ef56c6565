import { z } from 'zod';
import { normaliseDomain } from '../provisioning/email.ts';
import { createAuditRecord } from './audit.ts';
import { type ManagementOptions, readNow } from './management-context.ts';
import { actorField, MisuseError, parseParameters, requireParameters } from './parameters.ts';
import {
  Failure,
  type InvalidField,
  type InvalidFieldsError,
  type ManagementResult,
  Success,
} from './result.ts';

export interface SetVerifiedDomainsParameters {
  readonly customerId: string;
  /** The whole list, such as `['acme.example']`; those that are not in it are verified no longer. */
  readonly domains: readonly string[];
  /** Who asked for it, for the audit. @default null */
  readonly actor?: string | null | undefined;
}

export interface VerifiedDomains {
  /** Lower case, in order; names that are not ASCII in Punycode. */
  readonly domains: readonly string[];
}

const MOST_DOMAINS = 1_000;

const setSchema = z.strictObject({
  customerId: z.string().min(1).max(255),
  domains: z.array(z.string().max(255)).max(MOST_DOMAINS),
  actor: actorField,
});

const getSchema = z.strictObject({ customerId: z.string() });

/** Keeps which e-mail domains a customer has shown to be his. */
export async function setVerifiedDomains(
  options: ManagementOptions,
  parameters: SetVerifiedDomainsParameters,
): Promise<ManagementResult<VerifiedDomains, InvalidFieldsError>> {
  const parsed = parseParameters(setSchema, parameters);
  if (!parsed.ok) {
    const wrong = parsed.fields.find(({ field }) => !field.startsWith('domains'));
    if (wrong !== undefined) throw new MisuseError(`scim.management: ${wrong.field}: ${wrong.message}`);
    return new Failure({ type: 'InvalidFields', fields: parsed.fields });
  }
  const { customerId, domains: given, actor = null } = parsed.value;
  const normal = given.map(normaliseDomain);
  const fields = normal.flatMap((domain, index) => (domain === null ? [toField(index)] : []));
  if (fields.length > 0) return new Failure({ type: 'InvalidFields', fields });
  const domains = [...new Set(normal.filter((domain) => domain !== null))].toSorted();
  return options.store.changeConnections(async (tx) => {
    await tx.setVerifiedDomains(customerId, domains);
    // It is the customer's, of whichever connection; the audit has a row for none.
    const connection = { connectionId: '', customerId };
    const subject = { connection, now: readNow(options), random: options.random };
    const act = { action: 'domains.changed', actor, detail: { count: domains.length } } as const;
    await tx.appendAudit(createAuditRecord(subject, act));
    return new Success({ domains });
  });
}

/** Reads them. */
export async function getVerifiedDomains(
  options: ManagementOptions,
  parameters: { readonly customerId: string },
): Promise<ManagementResult<VerifiedDomains, never>> {
  const { customerId } = requireParameters(getSchema, parameters);
  return new Success({ domains: await options.store.connections.verifiedDomains(customerId) });
}

function toField(index: number): InvalidField {
  return {
    field: `domains.${index}`,
    code: 'malformed',
    message: 'This is no domain such as acme.example.',
  };
}
