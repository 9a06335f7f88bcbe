import { DataError } from '../../../../base/index.ts';

/** The classes of Amazon's failure reasons. */
export type FaultClass = 'ClientError' | 'AlgorithmError';

/** The program refused a body, or did not answer. */
export class InvocationFault extends Error {
  override readonly name = 'InvocationFault';
  readonly faultClass: FaultClass;
  /** The program's own words. */
  readonly said: string;

  constructor(faultClass: FaultClass, message: string, said = '') {
    super(message);
    this.faultClass = faultClass;
    this.said = said;
  }
}

/** Longest text of a program's answer in a log or a file of errors. */
const saidLengthMax = 2_048;

/** The fault of an answer that is no success, in the words of Amazon's log. */
export function faultOf(status: number, body: Buffer): InvocationFault {
  const said = body
    .toString('utf8', 0, saidLengthMax * 4)
    .slice(0, saidLengthMax)
    .trim();
  return status >= 400 && status < 500
    ? new InvocationFault('ClientError', `ClientError: ${status}`, said)
    : new InvocationFault('AlgorithmError', `Bad HTTP status received from algorithm: ${status}`, said);
}

/** The lines that Amazon's log has of a fault. */
export function linesOfFault(cause: InvocationFault | DataError): string[] {
  if (cause instanceof DataError || cause.said === '') return [cause.message];
  return [cause.message, '', 'Message:', ...cause.said.split(/\r?\n/)];
}

/** The same in one line. */
export const textOfFault = (cause: InvocationFault | DataError): string =>
  cause instanceof InvocationFault && cause.said !== '' ? `${cause.message}: ${cause.said}` : cause.message;
