import { send } from './call.ts';

/** Asks an endpoint with rows of CSV; answers its JSON, or its text where it speaks none. */
export async function invoke(endpoint: string, csv: string): Promise<unknown> {
  const response = await send('sagemaker', `/endpoints/${encodeURIComponent(endpoint)}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv', accept: 'application/json' },
    body: csv,
  });
  const text = await response.text();
  return response.headers.get('content-type')?.includes('json') ? (JSON.parse(text) as unknown) : text;
}
