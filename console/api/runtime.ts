import { send } from './call.ts';

/** Asks an endpoint with rows of CSV; answers its JSON. */
export async function invoke(endpoint: string, csv: string, variant?: string): Promise<unknown> {
  const response = await send('sagemaker', `/endpoints/${encodeURIComponent(endpoint)}/invocations`, {
    method: 'POST',
    headers: {
      'content-type': 'text/csv',
      accept: 'application/json',
      ...(variant === undefined ? {} : { 'x-amzn-sagemaker-target-variant': variant }),
    },
    body: csv,
  });
  return response.json();
}
