/**
 * Whether the host of a URL is this machine by name or address. Plain HTTP is for such hosts alone: elsewhere keys
 * would travel in the clear (RFC 7644 §7.1).
 *
 * @param hostname as in `URL.hostname`: lower case, IPv6 in brackets.
 */
export function isLoopback(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
