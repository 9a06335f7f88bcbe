// A training on several hosts, run in this process's network: `node hosts-process.js ROOT...`, a root for each host. Prints
// the time and the bytes that went through the loopback interface, which in a network namespace nobody else uses.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { boostingProgram } from './places.ts';

/** What the process prints. */
export interface HostsTiming {
  ms: number;
  loopbackBytes: number;
}

function loopbackBytes(): number {
  const line = readFileSync('/proc/self/net/dev', 'utf8')
    .split('\n')
    .find((each) => each.trim().startsWith('lo:'));
  return Number(line?.trim().split(/\s+/)[1] ?? Number.NaN);
}

const roots = process.argv.slice(2);
const addresses = Object.fromEntries(roots.map((_, at) => [`algo-${at + 1}`, `127.77.0.${at + 1}`]));
const env = { ...process.env, LINNET_HOST_ADDRESSES: JSON.stringify(addresses) };
const bytesBefore = loopbackBytes();
const from = performance.now();
const codes = await Promise.all(
  roots.map(async (root) => {
    const child = spawn(process.execPath, [boostingProgram, 'train', '--root', root], { env, stdio: 'ignore' });
    const [code] = (await once(child, 'close')) as [number | null];
    return code;
  }),
);
const timing: HostsTiming = { ms: performance.now() - from, loopbackBytes: loopbackBytes() - bytesBefore };
process.stdout.write(`${JSON.stringify(timing)}\n`);
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
