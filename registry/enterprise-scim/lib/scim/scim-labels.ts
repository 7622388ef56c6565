/** How many people and groups a consequence touches; left out when the backend does not say. */
export interface ScimCounts {
  users: number | undefined;
  groups: number | undefined;
}

/** What the words of a finding may be made of; empty where it is not known. */
export interface ScimFindingFacts {
  idp: string;
  /** Of a user or a group. */
  name: string;
  /** Of a key. */
  lastFour: string;
  /** When a key ends. */
  date: string;
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
  sections: {
    title: 'Parts of directory sync',
    overview: 'Overview',
    users: 'Users',
    groups: 'Groups',
    activity: 'Activity',
  },
  list: {
    range: (from: string, to: string, total: string) => `${from} to ${to} of ${total}`,
    cut: 'There are more: look for something narrower.',
    previous: 'Previous',
    next: 'Next',
    failed: 'This list could not be loaded',
    nothingFound: 'Nothing was found.',
    raw: 'As it was sent',
  },
  users: {
    search: 'Search by name or e-mail address',
    empty: (idp: string) => `No users yet. They appear here as soon as ${idp} sends the first one.`,
    inactive: 'Switched off',
    groups: 'Groups',
    noGroups: 'none',
  },
  groups: {
    search: 'Search by name',
    empty: (idp: string) => `No groups yet. They appear here as soon as ${idp} sends the first one.`,
    searchMembers: 'Search the members',
    noMembers: 'Nobody is in this group.',
    isGroup: 'Group',
  },
  activity: {
    search: 'Search names, ids and errors',
    failedOnly: 'Failed only',
    succeeded: 'Done:',
    failed: 'Failed:',
    empty: (idp: string) => `No requests yet. They appear here as soon as ${idp} asks for something.`,
    newer: 'Newer',
    older: 'Older',
  },
  guide: {
    title: (idp: string) => `Set up ${idp}`,
    progress: (done: number, all: number) =>
      done === all ? `All ${all} steps done` : `${done} of ${all} steps done. They tick themselves.`,
    done: 'Done',
    show: 'Show the steps',
    hide: 'Hide the steps',
    open: (idp: string) => `In ${idp}, open the app you are connecting:`,
    choose: 'Choose:',
    paste: (endpointField: string, keyField: string) =>
      `Paste the endpoint URL into “${endpointField}” and the key into “${keyField}”.`,
    endpointFor: (field: string) => `endpoint URL for “${field}”`,
    keyHint: 'The key was shown when it was made. If it is lost, reset it below.',
    test: (button: string) => `Press “${button}”. This step ticks itself once the request has arrived.`,
    tick: 'Tick these boxes:',
    map: 'Check that these attributes are sent:',
    attributes: 'Attributes',
    attributesName: 'attributes',
    assign: 'Assign somebody to the app. This step ticks itself once the first user has arrived.',
    groups: 'Choose the groups to send. This step ticks itself once the first group has arrived.',
  },
  findings: {
    title: 'What needs attention',
    requests: (requests: number, resources: number) =>
      resources > 1
        ? `${count(requests, 'request', 'requests')}, ${count(resources, 'person or group', 'people or groups')}`
        : count(requests, 'request', 'requests'),
    words: {
      keyExpired: {
        title: ({ idp }: ScimFindingFacts) => `${idp} is cut off: its key has expired`,
        advice: ({ idp }: ScimFindingFacts) =>
          `Reset the key below, then paste the new one into ${idp}. Nobody is removed from the app meanwhile.`,
      },
      keyExpiring: {
        title: ({ date }: ScimFindingFacts) => `The key expires on ${date}`,
        advice: ({ idp }: ScimFindingFacts) =>
          `Rotate it before then: both keys work while you paste the new one into ${idp}.`,
      },
      keyRetired: {
        title: ({ idp }: ScimFindingFacts) => `${idp} still uses the old key, which has stopped`,
        advice: ({ idp }: ScimFindingFacts) =>
          `Paste the new key into ${idp}. If it is lost, reset the key below.`,
      },
      keyRevoked: {
        title: ({ idp }: ScimFindingFacts) => `${idp} still uses a key that was reset`,
        advice: ({ idp }: ScimFindingFacts) =>
          `Paste the newest key into ${idp}. If it is lost, reset it below.`,
      },
      keyForeign: {
        title: () => 'The endpoint URL belongs to another connection',
        advice: ({ idp }: ScimFindingFacts) => `Copy the endpoint URL from this page into ${idp} once more.`,
      },
      rotationUnfinished: {
        title: ({ date }: ScimFindingFacts) =>
          `The new key has not been used, and the old one stops on ${date}`,
        advice: ({ idp }: ScimFindingFacts) => `Paste the new key into ${idp} before then.`,
      },
      bearerDoubled: {
        title: () => 'The key arrives with the word “Bearer” twice',
        advice: ({ idp }: ScimFindingFacts) =>
          `${idp} adds the word “Bearer” by itself. Paste the key alone, without it.`,
      },
      keyDecorated: {
        title: () => 'The key arrives with other characters around it',
        advice: ({ idp }: ScimFindingFacts) =>
          `Paste the key into ${idp} again, without quotes, brackets or commas.`,
      },
      paused: {
        title: ({ idp }: ScimFindingFacts) => `${idp} sends changes, and directory sync is paused`,
        advice: () => 'They are refused until you resume.',
      },
      pathWrong: {
        title: ({ idp }: ScimFindingFacts) => `The endpoint URL in ${idp} is not right`,
        advice: ({ idp }: ScimFindingFacts) =>
          `Part of it is missing, or stands there twice. Copy it from this page into ${idp} once more, with nothing behind it.`,
      },
      conflict: {
        title: ({ name }: ScimFindingFacts) =>
          name === '' ? 'A name is taken already' : `“${name}” is taken already`,
        advice: ({ idp }: ScimFindingFacts) =>
          `Somebody else here has this name. Give one of the two another name in ${idp}, or remove the one that is not needed.`,
      },
      valueRefused: {
        title: ({ name }: ScimFindingFacts) =>
          name === '' ? 'A value was refused' : `A value of “${name}” was refused`,
        advice: ({ idp }: ScimFindingFacts) =>
          `Change the value, or what is sent for this attribute, in ${idp}. This is what it was told:`,
      },
      memberUnknown: {
        title: () => 'A group has members who have not arrived',
        advice: ({ idp }: ScimFindingFacts) =>
          `Assign these people to the app in ${idp}, so that they come before the group.`,
      },
      attributeIgnored: {
        title: ({ idp }: ScimFindingFacts) => `${idp} sends an attribute that this app does not have`,
        advice: () => 'Nothing of it is kept. Take it out of the mapping there, if you like.',
      },
      emailMissing: {
        title: () => 'Users arrive without an e-mail address',
        advice: ({ idp }: ScimFindingFacts) =>
          `Map the attribute “emails” in ${idp}, then send the users again.`,
      },
      groupsMissing: {
        title: ({ idp }: ScimFindingFacts) => `${idp} sends users and no groups`,
        advice: () => 'If groups are wanted, switch them on there. Otherwise nothing is wrong.',
      },
      groupsEmpty: {
        title: () => 'The groups have no members',
        advice: ({ idp }: ScimFindingFacts) => `Check in ${idp} that members are sent with the groups.`,
      },
      tooManyRequests: {
        title: ({ idp }: ScimFindingFacts) => `${idp} sends more than is taken at once`,
        advice: () => 'It is told to wait and tries again. If this lasts, ask the support of this app.',
      },
      appFailed: {
        title: () => 'The app could not take a change',
        advice: ({ idp }: ScimFindingFacts) =>
          `${idp} tries again by itself. If this lasts, ask the support of this app. This is what it was told:`,
      },
      silent: {
        title: ({ idp }: ScimFindingFacts) => `${idp} has stopped asking`,
        advice: ({ idp }: ScimFindingFacts) => `Check in ${idp} that provisioning is still switched on.`,
      },
    },
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
