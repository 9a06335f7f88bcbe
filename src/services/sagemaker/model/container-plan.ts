import type { ContainerDefinition, CreateModelCommandInput } from '@aws-sdk/client-sagemaker';
import { containersOf, modelFilesOf, modelsOf } from './record.ts';

/** All that serving one container of a model needs, copied from it: the model may be deleted meanwhile. */
export type ContainerPlan = {
  /** Its name where a model has several containers. */
  hostname?: string;
  image: string;
  /** Name of the folder that keeps its files; where an endpoint's first container has another folder, other programs serve it. */
  folder: string;
  files?: { uri: string; form: 'archive' | 'prefix' };
  /** Set for a container that serves each archive below a prefix of S3, which a request names. */
  models?: { prefix: string; cached: boolean };
  environment: Record<string, string>;
};

/** Makes names of folders. */
interface Naming {
  newId(): string;
}

/** The plans of a model's containers, in their order. */
export const planContainers = (naming: Naming, model: CreateModelCommandInput): ContainerPlan[] =>
  containersOf(model).map((container) => planContainer(naming, container));

function planContainer({ newId }: Naming, container: ContainerDefinition): ContainerPlan {
  const files = modelFilesOf(container);
  const models = modelsOf(container);
  return {
    ...(container.ContainerHostname !== undefined && { hostname: container.ContainerHostname }),
    image: container.Image ?? '',
    folder: newId(),
    ...(files === undefined ? {} : { files: { ...files } }),
    ...(models === undefined ? {} : { models }),
    environment: container.Environment ?? {},
  };
}
