/** What the host gives a training program: hyperparameters, channels, hosts. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataError, messageOf } from '../../base/index.ts';
import type { ContainerPaths, InputDataConfig, ResourceConfig } from '../../contract/index.ts';
import { unavailable } from './output/failure.ts';

/** The flat map of strings; numbers and booleans of a hand-written file are taken as their text. */
export function readHyperparameters(paths: ContainerPaths): Record<string, string> {
  const entries = Object.entries(readObject(paths.hyperparameters) ?? {}).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return Object.fromEntries(entries);
}

/** Channels by name. Without a config file, as when run by hand, every folder of input/data is one. */
export function readChannels(paths: ContainerPaths): InputDataConfig {
  const config = readObject(paths.inputDataConfig);
  if (config !== undefined) return config as InputDataConfig;
  const folder = dirname(paths.channel('train'));
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => statSync(paths.channel(name)).isDirectory())
    : [];
  return Object.fromEntries(names.sort().map((name) => [name, { TrainingInputMode: 'File' as const }]));
}

export function readHosts(paths: ContainerPaths): Pick<ResourceConfig, 'current_host' | 'hosts'> {
  const config = (readObject(paths.resourceConfig) ?? {}) as Partial<ResourceConfig>;
  const host = config.current_host ?? 'algo-1';
  return { current_host: host, hosts: config.hosts ?? [host] };
}

/** An object from a JSON file; undefined when there is no such file. */
function readObject(path: string): Record<string, unknown> | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unavailable(`Cannot read ${path}`, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DataError(`${path} is not valid JSON: ${messageOf(error)}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new DataError(`${path} does not hold an object`);
}
