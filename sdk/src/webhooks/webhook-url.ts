import { isIP } from 'node:net';
import type { InvalidField } from '../connections/result.ts';
import { createPrivateAddressCheck } from '../events/private-addresses.ts';
import { isLoopback } from '../protocol/loopback.ts';

/** Which addresses webhooks may have. */
export interface WebhookRules {
  /** Whether `http:` will do, over which anybody on the way can read and change events. @default false */
  readonly allowHttp: boolean;
  /**
   * Whether loopback, private and link-local addresses may be reached: those of the host's own network. @default false
   */
  readonly allowPrivateAddresses: boolean;
}

const LONGEST = 2_048;

/** What is wrong with the address of a webhook; undefined = nothing. What its name stands for is judged at each sending. */
export function findUrlProblem(
  url: string,
  { allowHttp, allowPrivateAddresses }: WebhookRules,
): InvalidField | undefined {
  const problem = (code: InvalidField['code'], message: string) => ({ field: 'url', code, message });
  if (url.length > LONGEST) return problem('tooLong', `An address has at most ${LONGEST} characters.`);
  if (!URL.canParse(url)) return problem('malformed', 'This is no URL.');
  const { protocol, username, password, hostname } = new URL(url);
  if (protocol !== 'https:' && !(allowHttp && protocol === 'http:'))
    return problem('malformed', 'Give an https URL.');
  if (username !== '' || password !== '') return problem('malformed', 'Give the URL without credentials.');
  if (allowPrivateAddresses) return undefined;
  const address = hostname.replace(/^\[|\]$/g, '');
  const isNamedLoopback = isIP(address) === 0 && (isLoopback(hostname) || hostname.endsWith('.localhost'));
  if (isNamedLoopback || (isIP(address) !== 0 && createPrivateAddressCheck()(address)))
    return problem('malformed', 'Give an address that can be reached from the Internet.');
  return undefined;
}
