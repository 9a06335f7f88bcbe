import type { Readable } from 'node:stream';
import type { ServiceError } from '../../base/index.ts';
import type { Family } from '../authenticate/refusals.ts';
import type { WireRequest } from '../http/wire-request.ts';
import type { OperationModel, ServiceModel } from '../model/service-model.ts';
import type { Violation } from '../shapes/validate.ts';

/** An answer before it is sent. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: Buffer | string | Readable | undefined;
}

/** A refusal with everything looked up that a protocol needs to write it. */
export interface Failure {
  code: string;
  message: string;
  status: number;
  details: Readonly<Record<string, unknown>>;
}

/** The parts of a request, once its sender is known. */
export interface Arrival {
  request: WireRequest;
  /** The whole body where the operation takes one as a value. */
  body: Buffer;
  requestId: string;
}

/** One wire format, driven by a service's model. It knows no service. */
export interface Protocol {
  family: Family;
  /** Whether it can write an answer that is a stream of events. */
  writesEvents?: true;
  /** Whether a request is in this format, where a service has several. */
  speaks(request: WireRequest): boolean;
  /** Name of the operation asked for. Throws ServiceError when none is. */
  operationName(model: ServiceModel, arrival: Arrival): string;
  /** Input by the model's names and types. Throws ServiceError for what cannot be read. */
  read(operation: OperationModel, model: ServiceModel, arrival: Arrival): Record<string, unknown>;
  write(operation: OperationModel, model: ServiceModel, output: Record<string, unknown>, requestId: string): Reply;
  writeFailure(
    failure: Failure,
    model: ServiceModel | undefined,
    request: WireRequest | undefined,
    requestId: string,
  ): Reply;
  /** The refusal for broken constraints. */
  invalid(violations: readonly Violation[], operation: OperationModel): ServiceError;
  /** Code and status for an operation that Linnet does not offer, whether Amazon has it or not. */
  unknownOperation: { code: string; status: number };
  internalCode: string;
  tooLargeCode: string;
}
