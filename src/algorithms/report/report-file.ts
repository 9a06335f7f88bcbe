/** The report of a training job as a file beside its model. */
import { createHash } from 'node:crypto';
import type { ContainerPaths } from '../../contract/index.ts';
import type { ModelFacts, Report } from '../../reports/index.ts';
import { saveOutputFile } from '../program/output/output-files.ts';

export const saveReport = (paths: ContainerPaths, report: Report): void =>
  saveOutputFile(paths, 'report.json', `${JSON.stringify(report, rounded)}\n`);

/** Digits beyond those that anyone compares would make half of the file; numbers that are not finite become null. */
const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(10)) : value;

export const modelFacts = (bytes: Uint8Array, facts: Omit<ModelFacts, 'sha256' | 'bytes'>): ModelFacts => ({
  ...facts,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  bytes: bytes.length,
});
