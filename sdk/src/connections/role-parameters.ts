import { z } from 'zod';
import { ROLE_ATTRIBUTES, type RoleDefinition, type RoleRules } from '../provisioning/role-rules.ts';
import { actSchema, pageSchema, text } from './parameters.ts';

/** The most rules one connection has. */
const MAX_RULES = 500;

/** What rules may name: the host's roles. */
function rules(roles: readonly RoleDefinition[]) {
  const ids = roles.map(({ id }) => id);
  const roleId = z.string().refine((id) => ids.includes(id), {
    error: `This is none of the roles given to createScim: ${ids.join(', ')}.`,
    params: { code: 'unknownValue' },
  });
  const rule = z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('group'), groupId: text(255), roleId }),
    z.strictObject({
      kind: z.literal('attribute'),
      attribute: z.enum(ROLE_ATTRIBUTES),
      value: text(1024),
      roleId,
    }),
  ]);
  return { rules: z.array(rule).max(MAX_RULES), defaultRoleId: roleId.nullable().default(null) };
}

export function roleRulesSchema(roles: readonly RoleDefinition[]) {
  return z.strictObject({ ...actSchema.shape, ...rules(roles) });
}

export function previewRoleRulesSchema(roles: readonly RoleDefinition[]) {
  const { actor: _actor, ...selection } = actSchema.shape;
  return z.strictObject({ ...selection, ...pageSchema.shape, ...rules(roles) });
}

/** The rules among parsed parameters. */
export function pickRules({ rules: list, defaultRoleId }: RoleRules): RoleRules {
  return { rules: list, defaultRoleId };
}
