/** A policy that is there in every account: Linnet's roles, and those of Amazon that its service has a use for. */
export interface ManagedPolicy {
  arn: string;
  description: string;
  document: string;
}

export interface ManagedSource {
  /** With its path, as in ARNs. */
  name: string;
  description: string;
  statements: readonly object[];
}
