import { BlockList, isIP } from 'node:net';

/** Networks that are nobody's on the Internet (IANA's special-purpose registries): private, local, or of other uses. */
const IPV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

/** The addresses that lead into IPv4 networks are among them: what such a network would carry on is not known here. */
const IPV6 = [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const;

/** Tells addresses that a request on behalf of somebody else must not reach. */
export function createPrivateAddressCheck(): (address: string) => boolean {
  const blocked = new BlockList();
  for (const [network, prefix] of IPV4) blocked.addSubnet(network, prefix, 'ipv4');
  for (const [network, prefix] of IPV6) blocked.addSubnet(network, prefix, 'ipv6');
  return (address) => {
    const family = isIP(address);
    // What is no address at all is not let through either. An IPv4 address written as IPv6 is judged as IPv4.
    return family === 0 || blocked.check(address, family === 4 ? 'ipv4' : 'ipv6');
  };
}
