import { readFileSync } from 'node:fs';
import { z } from 'zod';

const jsonSchema = z.json();

/** How a request is refused. */
const refusalSchema = z.strictObject({ status: z.int(), scimType: z.string() });

/** One request of an identity provider, the answer it needs, and what Harbor holds afterwards. */
export const stepSchema = z.strictObject({
  step: z.string(),
  /** The customer whose connection it comes by. Left out: the exchange's own. */
  customerId: z.string().optional(),
  /** The tolerances of the identity provider's dialect that the step proves. */
  tolerances: z.array(z.string().regex(/^T\d+$/)).default([]),
  /** Sends the request several times, `{{index}}` counting from 0. */
  repeat: z
    .strictObject({
      times: z.int().positive(),
      concurrently: z.int().positive(),
      /** Ends with the first 429, which has to come. */
      untilLimited: z.boolean().default(false),
    })
    .optional(),
  /** A 429 is waited out as its Retry-After says, and the request sent again. */
  waits: z.boolean().default(false),
  request: z.strictObject({
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
    /** Below the endpoint URL, sent as it stands. */
    path: z.string(),
    headers: z.record(z.string(), z.string()).default({}),
    body: jsonSchema.optional(),
  }),
  expect: z.strictObject({
    status: z.int(),
    headers: z.record(z.string(), z.string()).default({}),
    /** What the answer's body has at least; lists have exactly these elements. */
    body: z.union([z.record(z.string(), jsonSchema), z.string()]).default({}),
    /** Attributes the body must not have. */
    absent: z.array(z.string()).default([]),
    /** Sizes of lists too long to be written out. */
    lengths: z.record(z.string(), z.int()).default({}),
    /** Values the body must not have. */
    differs: z.record(z.string(), z.string()).default({}),
    /** Collected lists that hold, after the step, the same values as others, in any order, each once. */
    sameValues: z.record(z.string(), z.string()).default({}),
  }),
  /** How the `strict` profile refuses the request, or that it answers in the same way. */
  strict: z.union([z.literal('same'), refusalSchema]).optional(),
  /** Variables taken from the answer: `name` → attribute, `.` being the whole body. */
  capture: z.record(z.string(), z.string()).default({}),
  /** Lists that grow with each answer: by an attribute, or by one of all `Resources`, as `Resources.id`. */
  collect: z.record(z.string(), z.string()).default({}),
  /** What Harbor's own tables hold right after the step; left out: the same as before it. */
  app: z
    .strictObject({
      userCount: z.int().optional(),
      users: z
        .array(
          z.strictObject({
            userName: z.string(),
            email: z.string().nullable(),
            name: z.string(),
            title: z.string().nullable(),
            active: z.boolean(),
          }),
        )
        .optional(),
      teams: z
        .array(
          z.strictObject({
            name: z.string(),
            memberCount: z.int().optional(),
            /** By userName, in order. */
            members: z.array(z.string()).optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});

const exchangeSchema = z.strictObject({
  title: z.string(),
  /** Where the forms of the requests are documented or were seen. */
  sources: z.array(z.string()),
  provider: z.string(),
  customerId: z.string(),
  /** Sent with every request. */
  headers: z.record(z.string(), z.string()),
  /** `off` for sequences faster than a connection's rate. */
  rateLimits: z.enum(['on', 'off']).default('on'),
  /** `off` where most of a large group leaves, which the guard would wait with. */
  guard: z.enum(['hold', 'off']).default('hold'),
  /** From the first contact to the steady state. */
  life: z.array(stepSchema),
  /** What the identity provider sends in a cycle in which nothing changed at its side. */
  nextCycle: z.array(stepSchema),
  /** The end of the life. */
  leave: z.array(stepSchema),
});

export type Refusal = z.infer<typeof refusalSchema>;
export type Step = z.infer<typeof stepSchema>;
export type Exchange = z.infer<typeof exchangeSchema>;

/** Reads one recorded exchange. */
export function readExchange(name: string): Exchange {
  const file = new URL(`./exchanges/${name}.json`, import.meta.url);
  return exchangeSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** The customers whose connections an exchange uses, its own first. */
export function listCustomers({ customerId, life, nextCycle, leave }: Exchange): readonly string[] {
  const steps = [...life, ...nextCycle, ...leave];
  return [...new Set([customerId, ...steps.flatMap((step) => step.customerId ?? [])])];
}

/** The tolerances an exchange proves, in order. */
export function listTolerances({ life, nextCycle, leave }: Exchange): string[] {
  const all = [...life, ...nextCycle, ...leave].flatMap((step) => step.tolerances);
  return [...new Set(all)].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
}
