// services: one folder per service and resource: its operations and its life cycle.
// It is the only room that knows SageMaker; it never opens a socket or a database itself.
// Start reading at sagemaker/training-job/.
export { type SagemakerOptions, type SagemakerServices, sagemakerServices } from './sagemaker/service.ts';
