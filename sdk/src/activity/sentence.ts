import type { ActivityData } from './describe-request.ts';

/** What a request was, in a sentence an administrator can read: what was asked for, and whether it was done. */
export function toSentence(
  data: ActivityData,
  { status, name }: { readonly status: number; readonly name: string | null },
): string {
  if (data.keyFailure !== null)
    return `Was refused: ${KEY_FAILURES[data.keyFailure] ?? 'its key was not accepted'}.`;
  const isDone = status < 400;
  const verb = (done: string, asked: string) => (isDone ? done : `Tried to ${asked}`);
  const what = `${(data.resourceType ?? 'resource').toLowerCase()}${name === null ? '' : ` ${name}`}`;
  const types = data.resourceType === null ? 'resources' : `${data.resourceType.toLowerCase()}s`;
  const found =
    isDone && data.totalResults !== null ? `: ${data.totalResults.toLocaleString('en')} found` : '';
  const sentence = () => {
    switch (data.operation) {
      case 'list':
        return `${verb('Listed', 'list')} ${types}${found}`;
      case 'search':
        return `${verb('Looked for', 'look for')} ${types}${found}`;
      case 'read':
        return `${verb('Read', 'read')} ${what}`;
      case 'create':
        return status === 200
          ? `Created ${what} once more, which was there already`
          : `${verb('Created', 'create')} ${what}`;
      case 'replace':
        return `${verb('Replaced', 'replace')} ${what}`;
      case 'update':
        return `${verb('Changed', 'change')} ${what}`;
      case 'deactivate':
        return `${verb('Deactivated', 'deactivate')} ${what}`;
      case 'reactivate':
        return `${verb('Activated', 'activate')} ${what}`;
      case 'changeMembers':
        return `${verb('Changed', 'change')} the members of ${what}${toMembers(data.members)}`;
      case 'delete':
        return `${verb('Deleted', 'delete')} ${what}`;
      case 'bulk':
        return `${verb('Sent', 'send')} several changes in one request`;
      case 'me':
        return `${verb('Asked', 'ask')} for the user /Me stands for`;
      case 'discover':
        return `${verb('Asked', 'ask')} what this server can do`;
      default:
        return `${verb('Asked', 'ask')} for ${data.target}`;
    }
  };
  return `${sentence()}${isDone ? '' : ` and was refused with ${status}`}.`;
}

const KEY_FAILURES: Readonly<Record<string, string>> = {
  expired: 'its key has expired',
  retired: 'its key was replaced by a newer one',
  revoked: 'its key was revoked',
  paused: 'directory sync is paused',
  bearerDoubled: 'the word Bearer stood twice before its key',
  keyDecorated: 'there were quotes or other characters around its key',
  foreign: 'its key is that of another connection than the URL names',
};

function toMembers(members: ActivityData['members']): string {
  const parts = [
    ...(members?.added ? [`${members.added.toLocaleString('en')} to add`] : []),
    ...(members?.removed ? [`${members.removed.toLocaleString('en')} to remove`] : []),
  ];
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}
