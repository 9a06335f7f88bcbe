import type { Readable } from 'node:stream';
import type { GetObjectCommandInput } from '@aws-sdk/client-s3';
import type { DescribeTrainingJobCommandOutput } from '@aws-sdk/client-sagemaker';
import { ServiceError } from '../../../base/index.ts';
import type { CallerPage } from '../../../gateway/index.ts';

type Ask = Parameters<CallerPage>[0]['ask'];

/** What of a job's description is shown, or says where its output is. */
export type Job = DescribeTrainingJobCommandOutput & { OutputDataConfig: { S3OutputPath: string } };

export const whyNone = 'linear-learner and xgboost write one, but not with report=false, nor in trials of a tuning job';

export const notFound = (message: string): ServiceError => new ServiceError('ReportNotFound', message, { status: 404 });

/** A report has a hundred kB, but a program may put anything beside it. */
const archiveBytesMax = 64 * 1024 ** 2;

/** The archive of what a job put out; undefined where there is none. Rejects with ServiceError for one that is too long. */
export async function readOutput(ask: Ask, name: string, job: Job): Promise<Uint8Array | undefined> {
  if (job.TrainingJobStatus === 'InProgress' || job.TrainingJobStatus === 'Stopping')
    throw notFound(`Training job "${name}" has not ended: its report is written at the end`);
  const path = job.OutputDataConfig.S3OutputPath.replace(/^s3:\/\//, '').replace(/\/+$/, '');
  const [Bucket = '', ...folder] = path.split('/');
  const Key = [...folder, name, 'output/output.tar.gz'].join('/');
  const input = { Bucket, Key } satisfies GetObjectCommandInput;
  const found = await ask<{ ContentLength: number; Body: Uint8Array | Readable }>('s3', 'GetObject', input).catch(
    (thrown: unknown) => {
      if (thrown instanceof ServiceError && thrown.code === 'NoSuchKey') return undefined;
      throw thrown;
    },
  );
  if (found === undefined) return undefined;
  const { ContentLength, Body } = found;
  if (Body instanceof Uint8Array) return Body;
  if (ContentLength > archiveBytesMax) {
    Body.destroy();
    throw notFound(
      `s3://${Bucket}/${Key} has ${ContentLength} bytes; here a report is looked for in up to ${archiveBytesMax}. Copy it, and draw the page by linnet report output.tar.gz`,
    );
  }
  return Buffer.concat(await Body.toArray());
}
