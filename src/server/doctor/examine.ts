import { availableParallelism, totalmem } from 'node:os';
import type { ServerConfig } from '../config.ts';
import { packageVersion } from '../package-version.ts';
import { examineData } from './data.ts';
import type { Finding } from './finding.ts';
import { examineParts } from './parts.ts';
import { examinePort } from './port.ts';

/** What this machine has and lacks for Linnet. Changes nothing that stays. */
export async function examine(config: ServerConfig, nowMs: number): Promise<Finding[]> {
  return [versions(), ...examineData(config, nowMs), await examinePort(config), ...(await examineParts(config))];
}

function versions(): Finding {
  const { node } = process.versions;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const machine = `${process.platform} ${process.arch}, ${availableParallelism()} processors, ${inGigabytes(totalmem())} of memory`;
  const text = `Linnet ${packageVersion()}, Node.js ${node}, ${machine}`;
  return major > 20 || (major === 20 && minor >= 15)
    ? { what: 'versions', state: 'ok', text }
    : { what: 'versions', state: 'wrong', text, advice: 'Linnet needs Node.js 20.15 or later' };
}

export const inGigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
