/** The hosts of a job: their names and groups, and what each of them gets of a channel. */
import type { Channel, CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import type { ResourceConfig } from '../../../contract/index.ts';
import type { Share } from '../jobs/data/input-data.ts';

export interface Host {
  /** `algo-1`, `algo-2`, ... */
  name: string;
  group: string;
}

interface Group {
  name: string;
  instanceType: string;
  count: number;
}

/** The group of all hosts, where the request makes none. */
const onlyGroup = 'homogeneousCluster';

function groupsOf({ ResourceConfig: resources }: CreateTrainingJobCommandInput): Group[] {
  if (resources?.InstanceGroups === undefined)
    return [{ name: onlyGroup, instanceType: resources?.InstanceType ?? '', count: resources?.InstanceCount ?? 1 }];
  return resources.InstanceGroups.map(({ InstanceGroupName, InstanceType, InstanceCount }) => ({
    name: InstanceGroupName ?? '',
    instanceType: InstanceType ?? '',
    count: InstanceCount ?? 0,
  }));
}

/** Their number, however large: ask it before `hostsOf`. */
export const hostCountOf = (request: CreateTrainingJobCommandInput): number =>
  groupsOf(request).reduce((sum, { count }) => sum + count, 0);

/** In the order of their groups. Never empty for a request that was accepted. */
export function hostsOf(request: CreateTrainingJobCommandInput): Host[] {
  const groups = groupsOf(request).flatMap(({ name, count }) => Array<string>(count).fill(name));
  return groups.map((group, at) => ({ name: `algo-${at + 1}`, group }));
}

/** What a host is to know of itself and the others. */
export function resourceConfigOf(request: CreateTrainingJobCommandInput, host: Host): ResourceConfig {
  const hosts = hostsOf(request);
  const groups = groupsOf(request);
  const namesOf = (of: readonly Host[]): string[] => of.map(({ name }) => name).sort();
  return {
    current_host: host.name,
    hosts: namesOf(hosts),
    network_interface_name: 'lo',
    current_instance_type: groups.find(({ name }) => name === host.group)?.instanceType ?? '',
    current_group_name: host.group,
    instance_groups: groups.map(({ name, instanceType }) => ({
      instance_group_name: name,
      instance_type: instanceType,
      hosts: namesOf(hosts.filter(({ group }) => group === name)),
    })),
  };
}

/** Whether a channel is for a host: one that names groups is for their hosts only. */
export function isFor({ DataSource }: Channel, { group }: Host): boolean {
  const groups = DataSource?.S3DataSource?.InstanceGroupNames ?? [];
  return groups.length === 0 || groups.includes(group);
}

/**
 * Which of a channel's objects a host gets: all of them, or with ShardedByS3Key, of the hosts that the channel is for, each
 * the objects whose number in the order of keys leaves its own place as the remainder.
 */
export function shareOf(channel: Channel, hosts: readonly Host[], host: Host): Share {
  if (channel.DataSource?.S3DataSource?.S3DataDistributionType !== 'ShardedByS3Key') return { place: 0, of: 1 };
  const sharing = hosts.filter((each) => isFor(channel, each));
  return { place: sharing.findIndex(({ name }) => name === host.name), of: sharing.length };
}
