import { isUtf8 } from 'node:buffer';
import { type CaptureRule, plainType } from './rule.ts';

/** One side of an invocation. */
export interface CapturedBody {
  contentType: string | undefined;
  body: Uint8Array;
}

export interface CapturedInvocation {
  eventId: string;
  timeMs: number;
  input: CapturedBody;
  output: CapturedBody;
  customAttributes: string | undefined;
  inferenceId: string | undefined;
}

/** An invocation as one line of a capture file, in Amazon's layout, without the newline. */
export function captureLine(rule: CaptureRule, invocation: CapturedInvocation): string {
  const { eventId, timeMs, input, output, customAttributes, inferenceId } = invocation;
  return JSON.stringify({
    captureData: {
      ...(rule.input && { endpointInput: side(rule, input, 'INPUT') }),
      ...(rule.output && { endpointOutput: side(rule, output, 'OUTPUT') }),
    },
    eventMetadata: {
      eventId,
      ...(customAttributes !== undefined && { customAttributes: [customAttributes] }),
      ...(inferenceId !== undefined && { inferenceId }),
      inferenceTime: new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    },
    eventVersion: '0',
  });
}

function side({ csvTypes, jsonTypes }: CaptureRule, { contentType, body }: CapturedBody, mode: 'INPUT' | 'OUTPUT') {
  const type = plainType(contentType ?? '');
  const wanted = csvTypes.has(type) ? 'CSV' : jsonTypes.has(type) ? 'JSON' : 'BASE64';
  // Bytes that are no text would not come back from it.
  const encoding = isUtf8(body) ? wanted : 'BASE64';
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const data = bytes.toString(encoding === 'BASE64' ? 'base64' : 'utf8');
  return { observedContentType: contentType ?? '', mode, data, encoding };
}
