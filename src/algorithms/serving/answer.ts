/** What a serving program says to one invocation, whichever way it came. */
import { explainHeader } from '../../contract/index.ts';
import type { RowBlock, SparseBlock } from '../../formats/index.ts';

export interface Invocation {
  contentType: string;
  accept: string | undefined;
  body: Uint8Array;
  /** Features that were made of the raw rows in the body, in place of those that it would be read as. */
  prepared?: RowBlock;
  /** What the header that asks for explanations says. */
  explain?: string | undefined;
  /** Hears of the rows that are answered; of raw rows also what is to be said of each. */
  onRows?: ((rows: RowBlock | SparseBlock, notes?: readonly (readonly string[])[]) => void) | undefined;
}

export type Invoke = (invocation: Invocation) => Answer | Promise<Answer>;

export interface Answer {
  status: number;
  contentType: string;
  body: string | Uint8Array;
}

/** Where answers come from. */
export interface Answering {
  /** Undefined for a program that serves several models, each at a path of its own. */
  invoke: Invoke | undefined;
  bodyBytesMax: number;
  /** Called for an invocation that failed by our own fault. */
  onError: (error: unknown) => void;
}

export const plainText = (status: number, text: string): Answer => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body: text,
});

export const bodyTooLarge = (bytes: number, bytesMax: number): Answer =>
  plainText(413, `The body has ${bytes} bytes, the limit is ${bytesMax}`);

/** Never throws or rejects: a fault of ours is status 500, and `onError` hears of it. */
export function answerOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: Uint8Array,
  { invoke, onError }: Pick<Answering, 'invoke' | 'onError'>,
): Answer | Promise<Answer> {
  const { 'content-type': contentType = '', accept, 'content-encoding': encoding = 'identity' } = headers;
  const explain = headers[explainHeader];
  if (encoding !== 'identity')
    return plainText(415, `Content-Encoding "${encoding}" is not supported: the body must be uncompressed`);
  if (invoke === undefined)
    return plainText(400, 'This program serves several models: they are invoked at /models/NAME/invoke');
  const failed = (error: unknown): Answer => {
    onError(error);
    return plainText(500, 'Internal error, the log has the details');
  };
  try {
    const answer = invoke({
      contentType: String(contentType),
      accept: accept === undefined ? accept : String(accept),
      body,
      ...(explain !== undefined && { explain: String(explain) }),
    });
    return answer instanceof Promise ? answer.catch(failed) : answer;
  } catch (error) {
    return failed(error);
  }
}
