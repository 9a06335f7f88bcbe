import { randomInt } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectivePortDefault } from '../contract/index.ts';
import type { GangHost, HostAddresses } from './compute.ts';
import { temporaryFolder } from './environment.ts';
import { freePort } from './free-port.ts';

/** The last number of an IPv4 address that is a host's. */
const hostsMax = 254;

/**
 * Addresses of this machine for hosts that are processes of it. On Linux every address of 127.0.0.0/8 is its own, so each
 * host gets one and gangs do not meet on ports that their programs take for granted; elsewhere all are 127.0.0.1.
 */
export async function loopbackAddresses(names: readonly string[]): Promise<HostAddresses> {
  if (process.platform !== 'linux' || names.length > hostsMax)
    return { addresses: Object.fromEntries(names.map((name) => [name, '127.0.0.1'])), port: await freePort() };
  const network = `127.${randomInt(1, 255)}.${randomInt(0, 256)}`;
  const addresses = Object.fromEntries(names.map((name, at) => [name, `${network}.${at + 1}`]));
  return { addresses, port: collectivePortDefault };
}

/** Writes this machine's /etc/hosts with the names of the gang into a root; returns the file's path. */
export function writeHostsFile(root: string, { addresses }: GangHost): string {
  const file = join(temporaryFolder(root), '.hosts');
  const known = existsSync('/etc/hosts') ? readFileSync('/etc/hosts', 'utf8') : '127.0.0.1 localhost\n';
  const lines = Object.entries(addresses).map(([name, address]) => `${address} ${name}\n`);
  writeFileSync(file, `${known.trimEnd()}\n${lines.join('')}`);
  return file;
}
