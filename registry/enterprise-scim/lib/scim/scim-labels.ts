/** How many people and groups a consequence touches; left out when the backend does not say. */
export interface ScimCounts {
  users: number | undefined;
  groups: number | undefined;
}

const count = (amount: number, one: string, other: string) => {
  const word = new Intl.PluralRules('en').select(amount) === 'one' ? one : other;
  return `${new Intl.NumberFormat('en').format(amount)} ${word}`;
};

const people = ({ users, groups }: ScimCounts) => {
  if (users === undefined && groups === undefined) return 'Users and groups';
  const parts = [
    users === undefined ? [] : count(users, 'user', 'users'),
    groups === undefined ? [] : count(groups, 'group', 'groups'),
  ].flat();
  return parts.join(' and ');
};

const isOne = ({ users, groups }: ScimCounts) =>
  (users ?? 0) + (groups ?? 0) === 1 && !(users === 0 || groups === 0);

const stops = (counts: ScimCounts) => (isOne(counts) ? 'stops being updated' : 'stop being updated');

const waits = (counts: ScimCounts) => (isOne(counts) ? 'is not updated' : 'are not updated');

/** Every text of the page, in English. `idp` is the name of the identity provider. */
export const scimLabels = {
  /** The language of these texts; dates and relative times follow the reader's variant of it. */
  language: 'en',
  title: 'Directory sync',
  description: 'Your identity provider keeps the people and groups in this app up to date.',
  yourProvider: 'your identity provider',
  cancel: 'Cancel',
  tryAgain: 'Try again',
  status: {
    loading: 'Loading',
    failed: 'Not available',
    forbidden: 'No access',
    notConfigured: 'Not set up',
    configured: 'Set up',
    connected: 'Connected',
    lastUsed: (ago: string) => `last used ${ago}`,
    waiting: (idp: string) => `Waiting for ${idp}`,
    expiring: (when: string) => `Key expires ${when}`,
    expired: 'Key expired',
    paused: 'Paused',
  },
  failed: {
    title: 'Directory sync could not be loaded',
    description: 'Nothing was changed.',
  },
  stale: {
    title: 'This page could not be refreshed',
    description: 'It shows what was known before, and tries again by itself.',
  },
  forbidden: {
    title: 'You do not have access to directory sync',
    description: 'An administrator of your account can set it up, or give you access.',
  },
  setup: {
    title: 'Connect your identity provider',
    description: 'Create a key here, then paste it into your identity provider.',
    providerLegend: 'Which identity provider do you use?',
    otherProvider: 'Another provider',
    catalogueOnly: (idp: string) =>
      `${idp} syncs only with apps in its own catalogue. If this app is not listed there, it cannot be connected from ${idp} yet.`,
    providerNotSaved: 'Your choice of provider was not saved',
    generate: 'Generate key',
    shownOnce: 'The key is shown once, on the next screen.',
  },
  life: {
    legend: 'When should the key expire?',
    newKeyLegend: 'When should the new key expire?',
    options: { days90: 'In 90 days', year1: 'In 1 year', years2: 'In 2 years', never: 'Never' },
    until: (date: string) => `The key stops on ${date}. This page reminds you from 30 days before.`,
    neverWarning: 'Not recommended: a key that leaks goes on working, and nothing reminds you to replace it.',
  },
  connection: {
    title: 'Connection',
    provider: 'Identity provider',
    noProvider: 'Not chosen',
    change: 'Change',
    changeName: 'Change identity provider',
    endpoint: 'Endpoint URL',
    users: (amount: number) => (amount === 1 ? 'user' : 'users'),
    groups: (amount: number) => (amount === 1 ? 'group' : 'groups'),
    synced: 'Synced so far',
    fieldIn: (idp: string, field: string) => `In ${idp}: “${field}”`,
  },
  key: {
    title: 'Key',
    titleTwo: 'Keys',
    unknown: 'Key',
    masked: (lastFour: string) => `scimk_…${lastFour}`,
    current: 'New',
    retiring: 'Old',
    created: 'Created',
    createdBy: (name: string) => `by ${name}`,
    lastUsed: 'Last used',
    neverUsed: 'Not yet',
    expires: 'Expires',
    expired: 'Expired',
    neverExpires: 'Never',
    stops: 'Stops',
    rotate: 'Rotate key',
  },
  copy: {
    copy: 'Copy',
    copied: 'Copied',
    copyValue: (name: string) => `Copy ${name}`,
    copiedValue: (name: string) => `${name} copied`,
    refused: 'The browser refused to copy. The text is selected: press Ctrl+C, or ⌘C on a Mac.',
    endpointName: 'endpoint URL',
    keyName: 'key',
    show: 'Show key',
    hide: 'Hide key',
  },
  waiting: {
    title: (idp: string) => `Waiting for the first request from ${idp}`,
    description: (idp: string) =>
      `Paste the endpoint URL and the key into ${idp}, then start its connection test. This page notices by itself.`,
    lostKey: 'The key got lost? Reset it below to get a new one.',
  },
  expiring: {
    title: (when: string) => `The key expires ${when}`,
    description: (idp: string, date: string) => `On ${date} ${idp} is cut off. Replace the key before then.`,
  },
  expired: {
    title: 'The key has expired',
    description: (counts: ScimCounts, idp: string) =>
      `${people(counts)} ${waits(counts)} until ${idp} has a new key. Nobody was removed from the app.`,
    action: 'Get a new key',
  },
  paused: {
    title: 'Directory sync is paused',
    description: (idp: string) => `Changes from ${idp} are refused until you resume.`,
    action: 'Resume',
    failed: 'Directory sync was not resumed',
  },
  rotating: {
    title: 'Two keys work right now',
    description: (idp: string, lastFour: string, date: string) =>
      `Paste the new key into ${idp}. The old one, ending in ${lastFour}, stops as soon as the new one is used, and on ${date} at the latest.`,
  },
  keyDialog: {
    title: 'Store your new key',
    description: (idp: string) => `Paste both values into ${idp}. The key is shown only here, and only now.`,
    key: 'Key',
    acknowledge: 'I have stored this key',
    done: 'Done',
    unstoredTitle: 'You have not stored this key yet',
    unstoredDescription: 'It cannot be shown again. Without it you need to reset the key.',
    keepOpen: 'Keep it open',
    closeAnyway: 'Close without storing',
  },
  rotate: {
    title: 'Rotate the key',
    description: (idp: string) =>
      `You get a second key. The old one goes on working, so that ${idp} is not cut off while you replace it.`,
    overlapLegend: 'How long should the old key go on working?',
    overlapOptions: { day1: '1 day', days7: '7 days', days30: '30 days' },
    overlapHint: 'It stops earlier, as soon as the new key is used.',
    confirm: 'Rotate key',
    failed: 'The key was not rotated',
  },
  reset: {
    title: 'Reset the key',
    description: 'You get a new key in place of the old one.',
    consequence: (idp: string) =>
      `The old key stops at once. ${idp} is cut off until you paste the new key there.`,
    counts: (counts: ScimCounts) =>
      `${people(counts)} ${stops(counts)} until then. Nobody is removed from the app.`,
    confirm: 'Reset key',
    failed: 'The key was not reset',
  },
  pause: {
    title: 'Pause directory sync',
    description: (idp: string) => `Changes from ${idp} are refused until you resume. The key stays the same.`,
    counts: (counts: ScimCounts) => `${people(counts)} ${stops(counts)}. Nobody is removed from the app.`,
    confirm: 'Pause',
    failed: 'Directory sync was not paused',
  },
  remove: {
    title: 'Delete the connection',
    description: (idp: string) => `The key stops at once, and ${idp} is disconnected. This cannot be undone.`,
    counts: (counts: ScimCounts) => `${people(counts)} ${stops(counts)}. Nobody is removed from the app.`,
    typeToConfirm: (word: string) => `Type “${word}” to confirm`,
    word: 'delete',
    confirm: 'Delete connection',
    failed: 'The connection was not deleted',
  },
  danger: {
    title: 'Danger zone',
    pause: 'Refuse all changes for a while. The key stays the same.',
    reset: 'Replace a key that is lost or leaked. The old one stops at once.',
    remove: 'Disconnect the identity provider for good.',
  },
  errors: {
    createFailed: 'The key was not generated',
    unknown: 'Something went wrong. Nothing was changed.',
    unreachable: 'The server did not answer, so it is not certain whether the change was made.',
    signedOut: 'You are signed out. Sign in again in another tab, then try again here.',
    reauthenticate:
      'Sign in again to continue. Keys may be changed only shortly after signing in. Nothing was changed.',
    forbidden: 'You do not have permission to do this. Ask an administrator of your account.',
  },
};

/** The shape of a locale: write one object of this type per language. */
export type ScimLabels = typeof scimLabels;

/** Any part of the labels; what is left out stays as it is. */
export type ScimLabelOverrides = DeepPartial<ScimLabels>;

type DeepPartial<T> = {
  [Key in keyof T]?: T[Key] extends (...args: never[]) => unknown
    ? T[Key]
    : T[Key] extends object
      ? DeepPartial<T[Key]>
      : T[Key];
};

/** The labels with the given parts replaced. */
export function mergeScimLabels(overrides: ScimLabelOverrides | undefined): ScimLabels {
  return overrides ? merge(scimLabels, overrides) : scimLabels;
}

function merge<T extends object>(base: T, overrides: object): T {
  const merged: Record<string, unknown> = Object.fromEntries(Object.entries(base));
  for (const [name, value] of Object.entries(overrides)) {
    const present = merged[name];
    if (value === undefined) continue;
    merged[name] = isPlain(present) && isPlain(value) ? merge(present, value) : value;
  }
  // The overrides' type allows only members of T, each of T's own type.
  return merged as T;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
