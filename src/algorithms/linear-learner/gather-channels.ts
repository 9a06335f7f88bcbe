/** A job of several hosts: the first one gathers the rows of all and trains; the others send theirs and end. */
import { join } from 'node:path';
import { DataError } from '../../base/index.ts';
import { type ContainerPaths, PassedOver, type ResourceConfig } from '../../contract/index.ts';
import { type Collective, ofEach } from '../../learners/index.ts';
import { type ChannelFile, listChannelFiles } from '../channels/channel-files.ts';
import { gatherFiles } from '../collective/gather-files.ts';
import { joinHosts } from '../collective/join-hosts.ts';
import { readChannels } from '../program/job-input.ts';
import type { Log } from '../program/output/log.ts';
import { hostLibrary } from '../xgboost/library/library.ts';
import { problemsOnHosts } from './on-hosts.ts';

const names = ['train', 'validation', 'test'] as const;

/** By the name of a channel, its files on all hosts. */
export type GatheredChannels = ReadonlyMap<string, readonly ChannelFile[]>;

/**
 * Gathers the files of the channels that are shared out. Undefined where this host is not the first one, which trains, or where a stop came
 * first. Rejects as `gatherFiles` does, and with DataError for channels that the first host does not have.
 */
export async function gatherChannels(
  paths: ContainerPaths,
  hosts: Pick<ResourceConfig, 'current_host' | 'hosts'>,
  log: Log,
  signal: AbortSignal,
): Promise<GatheredChannels | undefined> {
  const config = readChannels(paths);
  const [problem] = problemsOnHosts(config, hosts.hosts.length);
  if (problem !== undefined) throw new DataError(problem);
  const joined = await joinHosts(hostLibrary(), hosts, signal);
  const stopped = (): undefined => void log.line('Stopped before the rows of all hosts had come: there is no model');
  if (joined === undefined) return stopped();
  const { collective } = joined;
  const gathered = new Map<string, readonly ChannelFile[]>();
  let [bytes, count] = [0, 0];
  for (const name of names) {
    if (!isSharedOut(collective, config[name]?.S3DistributionType, name)) continue;
    // The names that hold no data are logged when the channel is opened.
    const files = await listChannelFiles(name, paths.channel(name), new PassedOver());
    const folder = join(paths.root, 'input/gathered', name);
    const all = await gatherFiles({ files, folder, collective, signal });
    if (all === undefined) return stopped();
    gathered.set(name, all.files);
    bytes += all.sentBytes;
    count += all.sentCount;
  }
  joined.leave();
  const { size, rank } = collective;
  if (rank === 0) {
    log.line(
      `This host trains on the rows of all ${size} hosts, as one host would: it has gathered ${count} files of ${bytes} bytes from the others. More hosts do not make the Linear Learner faster`,
    );
    return gathered;
  }
  log.line(`The first host trains on the rows of all ${size} hosts; those of this one have been sent`);
  return undefined;
}

/** Whether the hosts have shares of a channel. Throws DataError when some have it, but not the first one. */
function isSharedOut(
  collective: Collective,
  distribution: 'FullyReplicated' | 'ShardedByS3Key' | undefined,
  name: string,
): boolean {
  const kinds = ofEach(collective, distribution === undefined ? 0 : distribution === 'ShardedByS3Key' ? 2 : 1);
  const most = kinds.reduce((max, kind) => Math.max(max, kind));
  if (most > 0 && kinds[0] === 0)
    throw new DataError(
      `Channel "${name}" is not for the first host, on which the Linear Learner trains: add its instance group`,
    );
  return most === 2;
}
