/** An identity provider an administrator can choose, with the names its console gives to our two values. */
export interface ScimProvider {
  id: string;
  name: string;
  /** The console's field for the endpoint URL. */
  endpointField?: string;
  /** The console's field for the key. */
  keyField?: string;
  /** Syncs only with the apps of its own catalogue. */
  isCatalogueOnly?: boolean;
}

/** The one for every identity provider that is not listed by name. */
export const OTHER_PROVIDER_ID = 'generic_scim';

/** Names and fields are proper names: the same in every language. Add yours, or drop what you do not support. */
export const scimProviders: readonly ScimProvider[] = [
  { id: 'okta', name: 'Okta', endpointField: 'SCIM connector base URL', keyField: 'Authorization: Bearer' },
  { id: 'entra', name: 'Microsoft Entra ID', endpointField: 'Tenant URL', keyField: 'Secret Token' },
  {
    id: 'google_workspace',
    name: 'Google Workspace',
    endpointField: 'Endpoint URL',
    keyField: 'Access token',
    isCatalogueOnly: true,
  },
  { id: 'onelogin', name: 'OneLogin', endpointField: 'SCIM Base URL', keyField: 'SCIM Bearer Token' },
  { id: 'jumpcloud', name: 'JumpCloud', endpointField: 'Base URL', keyField: 'Token Key' },
  { id: 'rippling', name: 'Rippling', endpointField: 'SCIM Base URL', keyField: 'Bearer Token' },
  { id: 'pingone', name: 'PingOne', endpointField: 'SCIM Base URL', keyField: 'OAuth Access Token' },
  { id: 'cyberark', name: 'CyberArk', endpointField: 'SCIM Service URL', keyField: 'Bearer Token' },
];

/** The provider with this id; one unknown here is shown by its id. */
export function findScimProvider(id: string | null | undefined): ScimProvider | null {
  if (!id || id === OTHER_PROVIDER_ID) return null;
  return scimProviders.find((provider) => provider.id === id) ?? { id, name: id };
}
