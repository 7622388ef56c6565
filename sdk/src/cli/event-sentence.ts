import { isArray, isObject, type JsonObject } from '../protocol/json.ts';
import type { EventRecord } from '../store/port.ts';

/** An event in a sentence, as seen from one user. */
export function describeEvent(event: EventRecord, userId: string): string {
  const { undoes, reconciled } = event.data;
  const sentence = describeChange(event, userId);
  if (typeof undoes === 'string') return `The app was told, to undo ${undoes}: ${sentence}`;
  return reconciled === true ? `The app was told again: ${sentence}` : sentence;
}

function describeChange({ type, data }: EventRecord, userId: string): string {
  const verb = type.slice(type.indexOf('.') + 1);
  switch (verb) {
    case 'created':
      return `Created by the identity provider${isInactive(data) ? ', inactive' : ''}.`;
    case 'updated':
      return `Changed: ${listChanged(data)}.`;
    case 'deactivated':
      return 'Deactivated by the identity provider.';
    case 'reactivated':
      return 'Reactivated by the identity provider.';
    case 'deleted':
      return 'Deleted by the identity provider.';
    case 'members_changed':
      return describeMembership(data, userId);
    default:
      return `${type}.`;
  }
}

function describeMembership({ added, resource }: JsonObject, userId: string): string {
  const isAdded = isArray(added) && added.some((member) => isObject(member) && member.value === userId);
  const name =
    isObject(resource) && typeof resource.displayName === 'string' ? resource.displayName : 'a group';
  return isAdded ? `Added to ${name}.` : `Removed from ${name}.`;
}

function isInactive({ resource }: JsonObject): boolean {
  return isObject(resource) && resource.active === false;
}

function listChanged({ changed }: JsonObject): string {
  return isArray(changed) && changed.length > 0 ? changed.map(String).join(', ') : 'nothing that is named';
}
