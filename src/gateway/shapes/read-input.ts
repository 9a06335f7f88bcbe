import { ServiceError } from '../../base/index.ts';
import type { OperationModel } from '../model/service-model.ts';
import { readJson } from './json.ts';
import { validate, violationsMessage } from './validate.ts';

/**
 * The input of an operation of SageMaker from JSON that did not come as a request, such as the arguments of a pipeline's
 * step. Throws what a request with it would be answered.
 */
export function readInput(operation: OperationModel, json: unknown): Record<string, unknown> {
  const input = readJson(operation.input, json) as Record<string, unknown>;
  const violations = validate(operation.input, input, { anchorPatterns: true });
  if (violations.length > 0) throw new ServiceError('ValidationException', violationsMessage(violations));
  return input;
}
