import { send } from './call.ts';

/** The attribute of requests that the console makes by itself, by which captured ones are told from those of others. */
export const fromConsole = 'linnet-console';

/** Asks an endpoint with rows of CSV; answers its JSON, or its text where it speaks none. */
export async function invoke(endpoint: string, csv: string): Promise<unknown> {
  const response = await send('sagemaker', `/endpoints/${encodeURIComponent(endpoint)}/invocations`, {
    method: 'POST',
    headers: {
      'content-type': 'text/csv',
      accept: 'application/json',
      'x-amzn-sagemaker-custom-attributes': fromConsole,
    },
    body: csv,
  });
  const text = await response.text();
  return response.headers.get('content-type')?.includes('json') ? (JSON.parse(text) as unknown) : text;
}
