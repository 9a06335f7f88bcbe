/* Members that the service's model has, and the types of the AWS SDK for JavaScript do not have yet. */

/** Of CreatePipeline, UpdatePipeline, and of what describes and lists versions and executions. */
export interface WithAliases {
  PipelineVersionAliases?: string[] | undefined;
}

/** Of requests that name a version by its alias. */
export interface ByAlias {
  PipelineVersionAlias?: string | undefined;
}

/** Of UpdatePipelineVersion. */
export interface ChangingAliases {
  PipelineVersionAliasOperations?: { Add?: string[] | undefined; Remove?: string[] | undefined } | undefined;
}

/** Of ListPipelines. */
export interface ByManager {
  ManagedBy?: 'AWS' | 'CUSTOMER' | undefined;
}

/** Of StartPipelineExecution. */
export interface WithRole {
  RoleArn?: string | undefined;
}
