/** A refusal of the server, or an answer that did not come. */
export class CallError extends Error {
  readonly code: string;
  readonly status: number;
  readonly requestId: string | undefined;

  constructor(message: string, about: { code: string; status: number; requestId?: string | undefined }) {
    super(message);
    this.name = 'CallError';
    this.code = about.code;
    this.status = about.status;
    this.requestId = about.requestId;
  }
}

/** The services by the names that signatures give them. */
type Service = 'sagemaker' | 's3' | 'sts' | 'iam' | 'logs' | 'monitoring';

const jsonServices = {
  sagemaker: { prefix: 'SageMaker', type: 'application/x-amz-json-1.1' },
  logs: { prefix: 'Logs_20140328', type: 'application/x-amz-json-1.1' },
  monitoring: { prefix: 'GraniteServiceVersion20100801', type: 'application/x-amz-json-1.0' },
} as const;

/** Heard when the server says that nobody is signed in. */
export const signedOut = new EventTarget();

/** The key of the session is gone, or was for a time that is over. */
const endedKeys = /^(ExpiredToken|InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId)/;

/** Sends a request of this session. Throws CallError for a refusal, and when no answer comes. */
export async function send(service: Service, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('x-linnet-console', service);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers, redirect: 'error' });
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new CallError('The server does not answer. Is it running?', { code: 'NoAnswer', status: 0 });
  }
  if (response.ok) return response;
  const error = await readError(response);
  if (error.status === 401 || endedKeys.test(error.code)) signedOut.dispatchEvent(new Event('signed-out'));
  throw error;
}

/** Calls an operation of a JSON service. */
export async function call<Output>(
  service: keyof typeof jsonServices,
  operation: string,
  input: object = {},
  signal?: AbortSignal,
): Promise<Output> {
  const { prefix, type } = jsonServices[service];
  const response = await send(service, '/', {
    method: 'POST',
    headers: { 'content-type': type, 'x-amz-target': `${prefix}.${operation}` },
    body: JSON.stringify(input),
    ...(signal && { signal }),
  });
  return (await response.json()) as Output;
}

async function readError(response: Response): Promise<CallError> {
  const text = await response.text();
  const requestId = response.headers.get('x-amzn-requestid') ?? response.headers.get('x-amz-request-id') ?? undefined;
  const about = { status: response.status, requestId };
  const type = response.headers.get('content-type') ?? '';
  if (type.includes('json')) {
    const { __type = '', message, Message, OriginalMessage } = readJson(text);
    const code = (response.headers.get('x-amzn-errortype') ?? __type).replace(/^.*#/, '').replace(/:.*$/, '');
    return new CallError(OriginalMessage ?? message ?? Message ?? `The server answered ${response.status}`, {
      ...about,
      code,
    });
  }
  if (type.includes('xml')) {
    const document = new DOMParser().parseFromString(text, 'application/xml');
    const of = (name: string): string | undefined => document.getElementsByTagName(name)[0]?.textContent ?? undefined;
    return new CallError(of('Message') ?? `The server answered ${response.status}`, {
      ...about,
      code: of('Code') ?? '',
    });
  }
  return new CallError(text.trim() || `The server answered ${response.status}`, { ...about, code: '' });
}

function readJson(text: string): Record<string, string | undefined> {
  try {
    return JSON.parse(text) as Record<string, string | undefined>;
  } catch {
    return {};
  }
}
