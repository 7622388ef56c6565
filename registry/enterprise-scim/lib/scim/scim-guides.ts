import { OTHER_PROVIDER_ID } from '@/lib/scim/scim-providers';

/** What an identity provider has to have done before a step is ticked; the backend names them so. */
export type ScimStepName =
  | 'connected'
  | 'userSearched'
  | 'userCreated'
  | 'userUpdated'
  | 'userDeactivated'
  | 'groupCreated'
  | 'membersAdded';

/**
 * One thing to do in the console of an identity provider. Names of menus, fields and buttons are the console's own, so
 * they are the same in every language; the sentence around them is in the labels.
 */
export type ScimGuideStep = {
  /** A step with a name is ticked when it was seen to happen, and with it all before it. */
  done?: ScimStepName;
} & (
  | { kind: 'open'; path: readonly string[] }
  | { kind: 'choose'; path: readonly string[]; values: readonly (readonly [field: string, value: string])[] }
  | { kind: 'paste'; path: readonly string[]; endpointField: string; keyField: string }
  | { kind: 'test'; button: string }
  | { kind: 'tick'; path: readonly string[]; boxes: readonly string[] }
  | { kind: 'map'; path: readonly string[]; attributes: readonly string[] }
  | { kind: 'assign'; path: readonly string[] }
  | { kind: 'groups'; path: readonly string[] }
);

/** Attributes worth sending, by the names SCIM has for them. */
const ATTRIBUTES = [
  'userName',
  'name.givenName',
  'name.familyName',
  'displayName',
  'emails',
  'active',
] as const;

/** The steps for each identity provider. Add yours, or change what differs for your app. */
export const scimGuides: Readonly<Record<string, readonly ScimGuideStep[]>> = {
  okta: [
    { kind: 'open', path: ['Applications', 'Applications'] },
    { kind: 'choose', path: ['General', 'App Settings'], values: [['Provisioning', 'SCIM']] },
    {
      kind: 'paste',
      path: ['Provisioning', 'Integration'],
      endpointField: 'SCIM connector base URL',
      keyField: 'Authorization: Bearer',
    },
    {
      kind: 'choose',
      path: ['Provisioning', 'Integration'],
      values: [
        ['Unique identifier field for users', 'userName'],
        ['Authentication Mode', 'HTTP Header'],
      ],
    },
    {
      kind: 'tick',
      path: ['Provisioning', 'Integration'],
      boxes: ['Push New Users', 'Push Profile Updates', 'Push Groups'],
    },
    { kind: 'test', button: 'Test Connector Configuration', done: 'connected' },
    {
      kind: 'tick',
      path: ['Provisioning', 'To App'],
      boxes: ['Create Users', 'Update User Attributes', 'Deactivate Users'],
    },
    { kind: 'assign', path: ['Assignments', 'Assign'], done: 'userCreated' },
    { kind: 'groups', path: ['Push Groups'], done: 'groupCreated' },
  ],
  entra: [
    { kind: 'open', path: ['Enterprise applications', 'New application', 'Create your own application'] },
    { kind: 'choose', path: ['Provisioning'], values: [['Provisioning Mode', 'Automatic']] },
    {
      kind: 'paste',
      path: ['Provisioning', 'Admin Credentials'],
      endpointField: 'Tenant URL',
      keyField: 'Secret Token',
    },
    { kind: 'test', button: 'Test Connection', done: 'connected' },
    { kind: 'map', path: ['Provisioning', 'Mappings'], attributes: ATTRIBUTES },
    { kind: 'assign', path: ['Users and groups', 'Add user/group'] },
    { kind: 'open', path: ['Provisioning', 'Start provisioning'], done: 'userCreated' },
    { kind: 'groups', path: ['Users and groups', 'Add user/group'], done: 'groupCreated' },
  ],
  google_workspace: [
    { kind: 'open', path: ['Apps', 'Web and mobile apps'] },
    {
      kind: 'paste',
      path: ['Autoprovisioning', 'Configure autoprovisioning'],
      endpointField: 'Endpoint URL',
      keyField: 'Access token',
    },
    { kind: 'map', path: ['Autoprovisioning', 'Attribute mapping'], attributes: ATTRIBUTES },
    { kind: 'assign', path: ['Autoprovisioning', 'Provisioning scope'], done: 'userCreated' },
  ],
  onelogin: [
    { kind: 'open', path: ['Applications', 'Add App', 'SCIM Provisioner with SAML (SCIM v2 Enterprise)'] },
    {
      kind: 'paste',
      path: ['Configuration', 'API Connection'],
      endpointField: 'SCIM Base URL',
      keyField: 'SCIM Bearer Token',
    },
    { kind: 'test', button: 'Enable', done: 'connected' },
    { kind: 'tick', path: ['Provisioning'], boxes: ['Enable provisioning'] },
    { kind: 'map', path: ['Parameters'], attributes: ATTRIBUTES },
    { kind: 'assign', path: ['Users'], done: 'userCreated' },
    { kind: 'groups', path: ['Rules'], done: 'groupCreated' },
  ],
  jumpcloud: [
    { kind: 'open', path: ['SSO Applications', 'Add New Application', 'Custom Application'] },
    {
      kind: 'choose',
      path: ['Identity Management'],
      values: [
        ['API Type', 'SCIM API'],
        ['SCIM Version', 'SCIM 2.0'],
      ],
    },
    { kind: 'paste', path: ['Identity Management'], endpointField: 'Base URL', keyField: 'Token Key' },
    { kind: 'test', button: 'Test Connection', done: 'connected' },
    { kind: 'map', path: ['Identity Management', 'Attribute Mapping'], attributes: ATTRIBUTES },
    { kind: 'assign', path: ['User Groups'], done: 'userCreated' },
    { kind: 'groups', path: ['User Groups'], done: 'groupCreated' },
  ],
  rippling: [
    {
      kind: 'paste',
      path: ['SCIM'],
      endpointField: 'SCIM Base URL',
      keyField: 'Bearer Token',
    },
    { kind: 'choose', path: ['SCIM'], values: [['SCIM version', '2.0']] },
    { kind: 'test', button: 'Test connection', done: 'connected' },
    { kind: 'map', path: ['SCIM'], attributes: ATTRIBUTES },
    { kind: 'assign', path: ['Access rules'], done: 'userCreated' },
    { kind: 'groups', path: ['SCIM groups'], done: 'groupCreated' },
  ],
  pingone: [
    { kind: 'open', path: ['Integrations', 'Provisioning', 'New Connection', 'SCIM Outbound'] },
    {
      kind: 'choose',
      path: ['Configure Authentication'],
      values: [['Authentication Method', 'OAuth 2 Bearer Token']],
    },
    {
      kind: 'paste',
      path: ['Configure Authentication'],
      endpointField: 'SCIM Base URL',
      keyField: 'OAuth Access Token',
    },
    { kind: 'test', button: 'Test Connection', done: 'connected' },
    { kind: 'map', path: ['Rules', 'Attribute Mapping'], attributes: ATTRIBUTES },
    { kind: 'assign', path: ['Rules', 'User Filter'], done: 'userCreated' },
    { kind: 'groups', path: ['Rules', 'Group Provisioning'], done: 'groupCreated' },
  ],
  cyberark: [
    { kind: 'open', path: ['Apps & Widgets', 'Web Apps'] },
    {
      kind: 'paste',
      path: ['Provisioning'],
      endpointField: 'SCIM Service URL',
      keyField: 'Bearer Token',
    },
    { kind: 'test', button: 'Verify', done: 'connected' },
    { kind: 'assign', path: ['Permissions'], done: 'userCreated' },
    { kind: 'groups', path: ['Provisioning', 'Role Mappings'], done: 'groupCreated' },
  ],
  [OTHER_PROVIDER_ID]: [
    { kind: 'paste', path: [], endpointField: 'SCIM base URL', keyField: 'Bearer token' },
    { kind: 'test', button: 'Test', done: 'connected' },
    { kind: 'map', path: [], attributes: ATTRIBUTES },
    { kind: 'assign', path: [], done: 'userCreated' },
    { kind: 'groups', path: [], done: 'groupCreated' },
  ],
};

/** The guide for a provider; the general one where it has none of its own. */
export function findScimGuide(providerId: string | null): readonly ScimGuideStep[] {
  return (providerId && scimGuides[providerId]) || (scimGuides[OTHER_PROVIDER_ID] ?? []);
}

/** How many steps from the start are done: what was seen to happen, and all before it. */
export function countDone(guide: readonly ScimGuideStep[], isDone: (step: ScimStepName) => boolean): number {
  return guide.reduce((count, { done }, at) => (done !== undefined && isDone(done) ? at + 1 : count), 0);
}
