import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ProcessingPaths, type ProcessingResourceConfig, processingPaths } from '../../../../contract/index.ts';
import type { JobBody } from '../../jobs/driving/drive-job.ts';
import { completed, hostsOf, requestOf } from '../record.ts';

/** Lays out a fresh /opt/ml root of one host, with the files that describe the job and the folders of its outputs. */
export async function layOut(root: string, body: JobBody, host: string): Promise<ProcessingPaths> {
  const paths = processingPaths(root);
  const request = requestOf(body);
  const folders = [paths.jobConfig, paths.message].map(dirname);
  for (const { S3Output } of request.ProcessingOutputConfig?.Outputs ?? [])
    if (S3Output?.LocalPath !== undefined) folders.push(paths.local(S3Output.LocalPath));
  for (const folder of folders) await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(paths.jobConfig, JSON.stringify(jobConfigOf(body)));
  const resources: ProcessingResourceConfig = { current_host: host, hosts: hostsOf(request).sort() };
  await writeFile(paths.resourceConfig, JSON.stringify(resources));
  return paths;
}

/** `processingjobconfig.json`: as at Amazon, members that were not given are null. */
function jobConfigOf({ name, arn, request, ...body }: JobBody): object {
  const { ExperimentConfig: _, NetworkConfig, ...job } = completed(requestOf({ name, arn, request, ...body }));
  const { ContainerEntrypoint = null, ContainerArguments = null } = job.AppSpecification ?? {};
  return {
    ProcessingJobArn: arn,
    ProcessingJobName: name,
    ...job,
    AppSpecification: { ...job.AppSpecification, ContainerEntrypoint, ContainerArguments },
    Environment: job.Environment ?? {},
    ...(NetworkConfig && { NetworkConfig }),
    ProcessingInputs: job.ProcessingInputs ?? [],
    ProcessingOutputConfig: { Outputs: [], KmsKeyId: null, ...job.ProcessingOutputConfig },
    ProcessingResources: {
      ClusterConfig: { VolumeKmsKeyId: null, ...job.ProcessingResources?.ClusterConfig },
    },
  };
}
