import type {
  DescribeEndpointConfigOutput,
  DescribeEndpointOutput,
  DescribeModelOutput,
  DescribeTrainingJobResponse,
} from '@aws-sdk/client-sagemaker';
import type { Wire } from './wire.ts';

export type TrainingJob = Wire<Omit<DescribeTrainingJobResponse, '$metadata'>>;
export type Endpoint = Wire<Omit<DescribeEndpointOutput, '$metadata'>>;
export type EndpointConfig = Wire<Omit<DescribeEndpointConfigOutput, '$metadata'>>;
export type Model = Wire<Omit<DescribeModelOutput, '$metadata'>>;
