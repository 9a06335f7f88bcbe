/** The commands that ask a running server for its jobs, endpoints and objects. */
import { buildCommand, buildRouteMap } from '@stricli/core';
import { proposeFiles } from '../completion/completion.ts';
import { jobNames } from '../completion/propose.ts';
import { dataDirFlag } from '../options.ts';
import type { JobFlags, ServerFlags } from './jobs.ts';

const on = (brief: string) => ({ kind: 'boolean', optional: true, withNegated: false, brief }) as const;
const flags = { ...dataDirFlag, json: on('JSON for programs') };
const named = (brief: string) =>
  ({
    kind: 'tuple',
    parameters: [{ brief, parse: String, placeholder: 'name', proposeCompletions: jobNames }],
  }) as const;

export const jobsCommands = buildRouteMap({
  docs: { brief: 'List the jobs of the running service, show one, stop one' },
  defaultCommand: 'list',
  routes: {
    list: buildCommand({
      docs: { brief: 'List the newest jobs of every kind: linnet jobs' },
      parameters: {
        flags: {
          ...flags,
          status: {
            kind: 'enum',
            values: ['InProgress', 'Completed', 'Failed', 'Stopping', 'Stopped'],
            optional: true,
            brief: 'Only those of this status',
          },
        },
      },
      func: async (given: JobFlags) => (await import('./jobs.ts')).listJobs(given),
    }),
    show: buildCommand({
      docs: { brief: 'Show everything that is known of a job, as JSON' },
      parameters: { flags, positional: named('Name of the job') },
      func: async (given: ServerFlags, name: string) => (await import('./jobs.ts')).showJob(given, name),
    }),
    stop: buildCommand({
      docs: { brief: 'Stop a job' },
      parameters: { flags, positional: named('Name of the job') },
      func: async (given: ServerFlags, name: string) => (await import('./jobs.ts')).stopJob(given, name),
    }),
  },
});

export const endpointsCommands = buildRouteMap({
  docs: { brief: 'List the endpoints of the running service, show one, delete one' },
  defaultCommand: 'list',
  routes: {
    list: buildCommand({
      docs: { brief: 'List the newest endpoints: linnet endpoints' },
      parameters: { flags },
      func: async (given: ServerFlags) => (await import('./jobs.ts')).listEndpoints(given),
    }),
    show: buildCommand({
      docs: { brief: 'Show everything that is known of an endpoint, as JSON' },
      parameters: { flags, positional: named('Name of the endpoint') },
      func: async (given: ServerFlags, name: string) => (await import('./jobs.ts')).showEndpoint(given, name),
    }),
    delete: buildCommand({
      docs: { brief: 'Delete an endpoint; its model and its configuration are kept' },
      parameters: { flags, positional: named('Name of the endpoint') },
      func: async (given: ServerFlags, name: string) => (await import('./jobs.ts')).deleteEndpoint(given, name),
    }),
  },
});

type DeepFlags = ServerFlags & { recursive?: boolean };
type SyncFlags = ServerFlags & { delete?: boolean };

const place = (brief: string, placeholder: string) =>
  ({ brief, parse: String, placeholder, proposeCompletions: proposeFiles }) as const;
const recursive = on('All that lies below');
const fromTo = {
  kind: 'tuple',
  parameters: [place('File, folder, s3://BUCKET/KEY, or - ', 'from'), place('The same', 'to')],
} as const;

export const s3Commands = buildRouteMap({
  docs: { brief: 'Buckets and objects of the running service' },
  routes: {
    ls: buildCommand({
      docs: { brief: 'List buckets, or objects below an address: linnet s3 ls s3://BUCKET/PREFIX' },
      parameters: {
        flags: { ...flags, recursive },
        positional: {
          kind: 'tuple',
          parameters: [{ ...place('Address, s3://BUCKET/PREFIX', 'address'), optional: true }],
        },
      },
      func: async (given: DeepFlags, address?: string) => (await import('./s3.ts')).list(given, address),
    }),
    cp: buildCommand({
      docs: {
        brief: 'Copy a file or an object: linnet s3 cp data.csv s3://BUCKET/data.csv',
        fullDescription:
          'One of the two is an address of S3. - is standard input or output. An address or folder that ends in / keeps the name.',
      },
      parameters: { flags: { ...flags, recursive }, positional: fromTo },
      func: async (given: DeepFlags, from: string, to: string) => (await import('./s3.ts')).copy(given, from, to),
    }),
    sync: buildCommand({
      docs: {
        brief: 'Copy what a folder or prefix lacks: linnet s3 sync FOLDER s3://BUCKET/PREFIX',
        fullDescription: 'Copies files that the other side lacks, or has in another size or from an earlier time.',
      },
      parameters: {
        flags: { ...flags, delete: on('Remove objects of the bucket that the folder does not have') },
        positional: fromTo,
      },
      func: async (given: SyncFlags, from: string, to: string) => (await import('./s3.ts')).sync(given, from, to),
    }),
    rm: buildCommand({
      docs: { brief: 'Remove an object, an empty bucket, or with --recursive all objects below an address' },
      parameters: {
        flags: { ...flags, recursive },
        positional: { kind: 'tuple', parameters: [place('Address, s3://BUCKET/KEY', 'address')] },
      },
      func: async (given: DeepFlags, address: string) => (await import('./s3.ts')).remove(given, address),
    }),
    mb: buildCommand({
      docs: { brief: 'Make a bucket: linnet s3 mb s3://BUCKET' },
      parameters: {
        flags,
        positional: { kind: 'tuple', parameters: [place('Address, s3://BUCKET', 'address')] },
      },
      func: async (given: ServerFlags, address: string) => (await import('./s3.ts')).make(given, address),
    }),
  },
});
