import type { Call } from '../../gateway/index.ts';

/** A thing that a caller must be allowed to do for an operation to run. */
export interface Need {
  /** `s3:GetObject`. */
  action: string;
  /** An ARN, or `*` for what acts on no resource. */
  resource: string;
  /** Condition keys of this need, in lower case, beside those of every request. */
  values?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
}

/** What an operation needs, by its request. */
export type Rule = (call: Call<any>) => readonly Need[];

export const partitionIn = (region: string): string =>
  region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';

/** An operation of SageMaker as a request would ask for it. */
export type RoleRequest = Pick<Call, 'operation' | 'input' | 'region'>;
