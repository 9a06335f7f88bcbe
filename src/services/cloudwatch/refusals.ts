import { ServiceError } from '../../base/index.ts';

export const invalidValue = (message: string): ServiceError =>
  new ServiceError('InvalidParameterValueException', message);

export const invalidCombination = (message: string): ServiceError =>
  new ServiceError('InvalidParameterCombinationException', message);

export const missing = (message: string): ServiceError =>
  new ServiceError('MissingRequiredParameterException', message);

/** What GetMetricData answers to a query that is wrong. */
export const invalidQuery = (message: string): ServiceError =>
  new ServiceError('ValidationError', message, { status: 400 });
