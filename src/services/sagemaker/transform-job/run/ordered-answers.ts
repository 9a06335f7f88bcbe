/** Answers on their way to an output: asked for all at once, stored one after the other. */
export interface OrderedAnswers extends AsyncIterable<Uint8Array> {
  /** `stored` is called once the answer is stored, or will never be. */
  push(answer: Promise<Uint8Array>, stored: () => void): void;
  /** No more come; with a cause, the output is given up. */
  end(cause?: unknown): void;
  /** Its reader has stopped, or never began: nothing that is pushed will be stored. */
  close(): void;
  readonly closed: boolean;
}

export function orderedAnswers(): OrderedAnswers {
  const waiting: { answer: Promise<Uint8Array>; stored(): void }[] = [];
  let end: { cause?: unknown } | undefined;
  let closed = false;
  let wake = (): void => undefined;
  const close = (): void => {
    closed = true;
    for (const { stored } of waiting.splice(0)) stored();
  };
  return {
    close,
    get closed() {
      return closed;
    },
    push(answer, stored) {
      // An answer behind one that failed is awaited by nobody.
      answer.catch(() => undefined);
      if (closed) return stored();
      waiting.push({ answer, stored });
      wake();
    },
    end(cause) {
      end ??= cause === undefined ? {} : { cause };
      wake();
    },
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          const next = waiting.shift();
          if (next !== undefined) {
            try {
              const bytes = await next.answer;
              if (bytes.length > 0) yield bytes;
            } finally {
              next.stored();
            }
          } else if (end !== undefined) {
            if ('cause' in end) throw end.cause;
            return;
          } else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      } finally {
        close();
      }
    },
  };
}
