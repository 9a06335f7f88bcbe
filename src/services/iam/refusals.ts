import { ServiceError } from '../../base/index.ts';

// AWS's own texts: programs look into some of them.

const refusal = (code: string, status: number) => (message: string) => new ServiceError(code, message, { status });

export const noSuchEntity = refusal('NoSuchEntity', 404);
export const alreadyExists = refusal('EntityAlreadyExists', 409);
export const deleteConflict = refusal('DeleteConflict', 409);
export const limitExceeded = refusal('LimitExceeded', 409);
export const invalidInput = refusal('InvalidInput', 400);
export const unmodifiable = refusal('UnmodifiableEntity', 400);
export const malformed = refusal('MalformedPolicyDocument', 400);

export const noSuchRole = (name: string): ServiceError => noSuchEntity(`The role with name ${name} cannot be found.`);
export const noSuchPolicy = (arn: string): ServiceError => noSuchEntity(`Policy ${arn} was not found.`);
