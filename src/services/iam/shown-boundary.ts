import type { AttachedPermissionsBoundary } from '@aws-sdk/client-iam';

/** A permissions boundary as IAM prints it. */
export const shownBoundary = (arn: string | undefined): AttachedPermissionsBoundary | undefined =>
  arn === undefined
    ? undefined
    : { PermissionsBoundaryType: 'PermissionsBoundaryPolicy' as const, PermissionsBoundaryArn: arn };
