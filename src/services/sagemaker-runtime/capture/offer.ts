import type { InvokeEndpointCommandInput } from '@aws-sdk/client-sagemaker-runtime';
import type { LiveEndpoint, Route } from '../live-table.ts';
import type { Captures } from './captures.ts';
import type { CapturedBody } from './event.ts';

/** Takes an invocation that a variant answered well, where its rule says so. */
export function offerCapture(
  captures: Pick<Captures, 'offer'>,
  { region, name }: Pick<LiveEndpoint, 'region' | 'name'>,
  { variant, capture: rule }: Pick<Route, 'variant' | 'capture'>,
  input: Pick<InvokeEndpointCommandInput, 'Body' | 'ContentType' | 'CustomAttributes' | 'InferenceId'>,
  output: CapturedBody,
): void {
  if (rule === undefined) return;
  captures.offer({ region, endpoint: name, variant }, rule, {
    input: { contentType: input.ContentType, body: (input.Body ?? new Uint8Array()) as Uint8Array },
    output,
    customAttributes: input.CustomAttributes,
    inferenceId: input.InferenceId,
  });
}
