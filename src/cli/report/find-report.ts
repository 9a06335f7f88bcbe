/** The report that a word of the command line means: a file, else a training job of the running server. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DataError, ServiceError } from '../../base/index.ts';
import { NoReport, type Report, readReport } from '../../reports/index.ts';
import type { ServerOptions } from '../../server/index.ts';
import { type Api, openApi } from '../api.ts';
import { findRunning } from '../running.ts';

export interface FoundReport {
  report: Report;
  /** The job's name. */
  title?: string;
}

/** Rejects with DataError where there is neither. */
export async function findReport(flags: Pick<ServerOptions, 'dataDir'>, source: string): Promise<FoundReport> {
  if (existsSync(source)) return { report: await reportOfFile(source) };
  if (/[/.]/.test(source))
    throw new DataError(`There is no file "${source}"; give a job's name, its output.tar.gz, or a report.json`);
  const { note } = await findRunning(flags);
  return { report: await reportOfJob(openApi(note), source), title: source };
}

/** Of a model.tar.gz without a report in it, that of the output.tar.gz beside it. */
async function reportOfFile(file: string): Promise<Report> {
  try {
    return await readReport(file, readFileSync(file));
  } catch (error) {
    const beside = join(dirname(file), 'output.tar.gz');
    if (!(error instanceof NoReport)) throw error;
    if (!existsSync(beside))
      throw new DataError(`${error.message}, and there is no output.tar.gz beside it, where a training job writes one`);
    return readReport(beside, readFileSync(beside));
  }
}

interface Job {
  TrainingJobStatus: string;
  OutputDataConfig: { S3OutputPath: string };
}

async function reportOfJob(api: Api, name: string): Promise<Report> {
  const job = await api
    .call<Job>('sagemaker', 'DescribeTrainingJob', { TrainingJobName: name })
    .catch((error: unknown) => {
      if (error instanceof ServiceError && error.code === 'ValidationException')
        throw new DataError(
          `There is no training job "${name}", and no file of that name; linnet status lists the newest jobs`,
        );
      throw error;
    });
  if (job.TrainingJobStatus === 'InProgress')
    throw new DataError(`Training job "${name}" has not ended: linnet logs ${name} -f follows it`);
  const path = job.OutputDataConfig.S3OutputPath.replace(/^s3:\/\//, '').replace(/\/+$/, '');
  const [bucket = '', ...folder] = path.split('/');
  const key = [...folder, name, 'output/output.tar.gz'].join('/');
  const bytes = await api.object({ bucket, key }).catch((error: unknown) => {
    if (error instanceof ServiceError && error.code === 'NoSuchKey')
      throw new DataError(`Training job "${name}" left no output.tar.gz, and so no report. ${whyNone}`);
    throw error;
  });
  return readReport(`output.tar.gz of job "${name}"`, bytes).catch((error: unknown) => {
    if (error instanceof NoReport) throw new DataError(`Training job "${name}" left no report. ${whyNone}`);
    throw error;
  });
}

const whyNone = 'linear-learner and xgboost write one, but not with report=false, nor in trials of a tuning job';
