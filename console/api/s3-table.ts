import { openTable, type Table } from '../../src/tables/index.ts';
import { send } from './call.ts';
import { objectPath } from './s3.ts';

/** An object in S3 as a raw table. Its bytes pass as often as the table's rows do; other work of the page goes on in between. */
export async function openS3Table(bucket: string, key: string): Promise<Table> {
  const path = objectPath(bucket, key);
  return openTable({
    name: key.slice(key.lastIndexOf('/') + 1),
    async *stream() {
      const leave = new AbortController();
      const response = await send('s3', path, { signal: leave.signal });
      const reader = response.body!.getReader();
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return;
          yield value;
          await new Promise((resolve) => setTimeout(resolve));
        }
      } finally {
        leave.abort();
        await reader.cancel().catch(() => undefined);
      }
    },
    async slice(start, end) {
      const range = start < 0 ? `bytes=${start}` : `bytes=${start}-${end === undefined ? '' : end - 1}`;
      return (await send('s3', path, { headers: { range } })).arrayBuffer();
    },
  });
}
