import type { ResourceTypeDefinition } from './protocol/schema/definition.ts';

/**
 * AI agents as resources, after draft-wzdk-scim-agent-resource-00. Not served unless it is asked for. The draft
 * is no standard: names and characteristics may change with it, in any release.
 *
 * @example createScim({ database: 'sqlite:app.db', resourceTypes: [AGENT_RESOURCE_TYPE] })
 */
export const AGENT_RESOURCE_TYPE: ResourceTypeDefinition = {
  name: 'Agent',
  endpoint: '/Agents',
  description: 'AI Agent',
  groupMember: true,
  schema: {
    id: 'urn:ietf:params:scim:schemas:core:2.0:Agent',
    name: 'Agent',
    description: 'AI Agent',
    attributes: [
      {
        name: 'agentUserName',
        required: true,
        uniqueness: 'server',
        indexed: true,
        maxLength: 320,
        description: 'The name the identity provider knows the agent by. Unique within the connection.',
      },
      { name: 'displayName', indexed: true, description: 'The name to show.' },
      { name: 'description', description: 'What the agent does.' },
      {
        name: 'active',
        type: 'boolean',
        indexed: true,
        default: true,
        description: 'False when the agent may not act.',
      },
      {
        name: 'owners',
        type: 'complex',
        multiValued: true,
        description: 'Who answers for the agent.',
        subAttributes: [
          { name: 'value', caseExact: true, indexed: true, description: 'The id of the owner.' },
          {
            name: '$ref',
            type: 'reference',
            referenceTypes: ['User', 'Group'],
            description: 'The URI of the owner.',
          },
          { name: 'display', description: 'The name of the owner.' },
        ],
      },
      {
        name: 'groups',
        type: 'complex',
        multiValued: true,
        mutability: 'readOnly',
        relation: 'memberOf',
        description: 'Groups the agent belongs to; changed through the groups.',
        subAttributes: [
          { name: 'value', caseExact: true, mutability: 'readOnly', description: 'The id of the group.' },
          {
            name: '$ref',
            type: 'reference',
            mutability: 'readOnly',
            referenceTypes: ['Group'],
            description: 'The URI of the group.',
          },
          { name: 'display', mutability: 'readOnly', description: 'The name of the group.' },
          {
            name: 'type',
            mutability: 'readOnly',
            canonicalValues: ['direct', 'indirect'],
            description: 'How.',
          },
        ],
      },
    ],
  },
};
