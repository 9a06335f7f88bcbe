import { amazonPolicies } from './amazon.ts';
import { linnetPolicies } from './linnet.ts';
import type { ManagedPolicy, ManagedSource } from './managed-policy.ts';

const compiled = ({ name, description, statements }: ManagedSource): ManagedPolicy => ({
  arn: `arn:aws:iam::aws:policy/${name}`,
  description,
  document: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
});

export const managedPolicies: readonly ManagedPolicy[] = [...linnetPolicies, ...amazonPolicies].map(compiled);

/** Undefined for a policy of Amazon's that is known by its name only. */
export const managedPolicy = (arn: string): ManagedPolicy | undefined =>
  managedPolicies.find((policy) => policy.arn === arn);
