// A server of its own process, to be killed: writes numbered records until somebody ends it, and says each number once
// its write was acknowledged. Arguments: the settings of openRecords as JSON, and how many letters each record holds.
import { writeSync } from 'node:fs';
import { openRecords } from './open.ts';
import type { RecordChange } from './records.ts';

const [, , options = '', letters = '0'] = process.argv;
const records = await openRecords(JSON.parse(options) as { folder: string; databaseUrl?: string });
const text = 'x'.repeat(Number(letters));
for (let n = (await records.get<{ n: number }>('counter', 'last'))?.body.n ?? 0; ; ) {
  n++;
  const put = (kind: string, id: string): RecordChange => ({
    put: { kind, id, createdAtMs: 1, updatedAtMs: 1, body: { n, text } },
    ...(kind === 'one' ? { expect: 'absent' } : {}),
  });
  try {
    await records.write([put('counter', 'last'), put('one', String(n))]);
  } catch (thrown) {
    writeSync(2, `${thrown}\n`);
    process.exit(1);
  }
  writeSync(1, `${n}\n`);
}
