import { BlockList, isIPv4, isIPv6 } from 'node:net';

const rangesMax = 1_000;
const ranges = new Map<string, BlockList | undefined>();

/** Whether a text is an address, or a range of addresses by the length of their prefix. */
export const isRange = (text: string): boolean => rangeOf(text) !== undefined;

/** Whether an address lies in a range; an IPv4 address written as IPv6 is that IPv4 address. */
export function addressIn(address: string, range: string): boolean {
  const list = rangeOf(range);
  if (list === undefined) return false;
  if (isIPv4(address)) return list.check(address, 'ipv4');
  return isIPv6(address) && list.check(address, 'ipv6');
}

function rangeOf(text: string): BlockList | undefined {
  if (ranges.has(text)) return ranges.get(text);
  const made = readRange(text);
  if (ranges.size >= rangesMax) ranges.clear();
  ranges.set(text, made);
  return made;
}

function readRange(text: string): BlockList | undefined {
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined;
  if (family === undefined) return undefined;
  const bits = family === 'ipv4' ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length);
  if (prefix > bits) return undefined;
  const list = new BlockList();
  list.addSubnet(address, prefix, family);
  return list;
}
