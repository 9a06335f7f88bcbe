import { createHash } from 'node:crypto';

/** Letters and digits that follow from a text, without capitals: names are matched without case. */
export function digits(text: string, count: number): string {
  const number = BigInt(`0x${createHash('sha256').update(text).digest('hex')}`);
  return number.toString(36).slice(-count).padStart(count, '0');
}

interface Named {
  executionId: string;
  executionArn: string;
  step: string;
  attempt: number;
  /** The beginning that the arguments ask for. */
  prefix: string | undefined;
  nameMax: number;
}

/**
 * The name of a step's job, as Amazon makes it: `pipelines-EXECUTION-STEP-DIGITS`, shorter where it must be. It follows from
 * the execution, the step and the attempt, so that a job is never made twice.
 */
export function jobName({ executionId, executionArn, step, attempt, prefix, nameMax }: Named): string {
  const hash = digits(`${executionArn} ${step} ${attempt}`, 10);
  const end = `-${hash}`;
  const words = step.replaceAll('_', '-');
  if (prefix !== undefined) return `${cut(prefix, nameMax - executionId.length - 1 - end.length)}-${executionId}${end}`;
  const long = `pipelines-${executionId}-`;
  const start = nameMax - long.length - end.length >= 8 ? long : `${executionId}-`;
  return `${start}${cut(words, nameMax - start.length - end.length)}${end}`;
}

/** Without a hyphen at its ends, where others follow. */
const cut = (text: string, charactersMax: number): string =>
  text.slice(0, charactersMax).replace(/^-+|-+$/g, '') || 'step';
