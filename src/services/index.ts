// services: one folder per service and resource: its operations and its life cycle.
// It is the only room that knows SageMaker; the only connections it opens lead to programs that compute started.
// Start reading at sagemaker/kinds.ts, then sagemaker/training-job/.

export { type IdentityServices, type IdentityServicesOptions, identityServices } from './access/identity.ts';
export { addLatency, type Latencies, latencyBounds, noLatencies } from './latencies.ts';
export { homeRegion } from './regions.ts';
export { isBucketName, lifecycleSweeps, s3Service, seedSamples, sweepLifecycle, withSampleCopies } from './s3/index.ts';
export type { Algorithm, AlgorithmCatalogue } from './sagemaker/images.ts';
export type { JobEnd } from './sagemaker/jobs/job-kinds.ts';
export type { Observation } from './sagemaker/observe.ts';
export {
  type SagemakerOptions,
  type SagemakerServices,
  sagemakerServices,
  sdkHoldMsDefault,
} from './sagemaker/service.ts';
