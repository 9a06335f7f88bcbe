import type { ReactElement } from 'react';
import { useNow } from './now.ts';
import { ago, at } from './words.ts';

/** How long ago something was, with the time itself to hover over. */
export function Age({ seconds }: { seconds: number | undefined }): ReactElement {
  const nowMs = useNow();
  if (seconds === undefined) return <span>unknown</span>;
  return (
    <time dateTime={new Date(seconds * 1000).toISOString()} title={at(seconds)}>
      {ago(seconds, nowMs)}
    </time>
  );
}
