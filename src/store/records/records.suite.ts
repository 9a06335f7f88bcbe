import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Conflict, DataError, type JsonObject, Unavailable } from '../../base/index.ts';
import { idBytesMax, textBytesMax } from './checks.ts';
import type { RecordChange, RecordQuery, Records } from './records.ts';

/** What every implementation of Records must do. `open` is called once, and once more for the test of `close`. */
export function recordsSuite(name: string, open: () => Promise<Records>): void {
  describe(`${name} keeps the contract of Records`, () => {
    let records: Records;
    let kindCount = 0;
    const newKind = (): string => `kind-${++kindCount}`;
    before(async () => {
      records = await open();
    });
    after(() => records.close());

    const put = (kind: string, id: string, more: Partial<Put> & { expect?: 'absent' | number } = {}): RecordChange => {
      const { expect, ...fields } = more;
      return {
        put: { kind, id, createdAtMs: 1, updatedAtMs: 2, body: {}, ...fields },
        ...(expect === undefined ? {} : { expect }),
      };
    };
    const ids = async (kind: string, query?: RecordQuery): Promise<string[]> =>
      (await records.list(kind, query)).map((record) => record.id);

    describe('get and write', () => {
      it('a record comes back as it was put', async () => {
        const kind = newKind();
        const body = {
          text: 'a\0b\ud800"\\\u2028 é 日本 🦉',
          number: -1.5e-300,
          list: [null, true, { deep: [] }],
          ['__proto__']: 'own',
        };
        assert.deepEqual(
          await records.write([
            put(kind, 'a/b c', { status: 'InProgress', createdAtMs: 1_700_000_000_123, updatedAtMs: 5.5, body }),
          ]),
          [1],
        );
        assert.deepEqual(await records.get(kind, 'a/b c'), {
          kind,
          id: 'a/b c',
          version: 1,
          status: 'InProgress',
          createdAtMs: 1_700_000_000_123,
          updatedAtMs: 5.5,
          body,
        });
      });

      it('a record that is not there is undefined', async () => {
        const kind = newKind();
        await records.write([put(kind, 'a')]);
        assert.equal(await records.get(kind, 'A'), undefined);
        assert.equal(await records.get(newKind(), 'a'), undefined);
      });

      it('the version grows by one with each write and begins again after a removal', async () => {
        const kind = newKind();
        for (const expected of [1, 2, 3]) assert.deepEqual(await records.write([put(kind, 'a')]), [expected]);
        assert.deepEqual(await records.write([{ remove: { kind, id: 'a' } }]), [0]);
        assert.equal(await records.get(kind, 'a'), undefined);
        assert.deepEqual(await records.write([put(kind, 'a')]), [1]);
      });

      it('a put replaces every field', async () => {
        const kind = newKind();
        await records.write([put(kind, 'a', { status: 'Old', body: { old: 1 } })]);
        await records.write([put(kind, 'a', { createdAtMs: 7, updatedAtMs: 8, body: { fresh: 2 } })]);
        assert.deepEqual(await records.get(kind, 'a'), {
          kind,
          id: 'a',
          version: 2,
          status: '',
          createdAtMs: 7,
          updatedAtMs: 8,
          body: { fresh: 2 },
        });
      });

      it('the store shares no object with its callers', async () => {
        const kind = newKind();
        const body = { list: [1] };
        await records.write([put(kind, 'a', { body })]);
        body.list.push(2);
        const first = await records.get<{ list: number[] }>(kind, 'a');
        first?.body.list.push(3);
        assert.deepEqual((await records.get(kind, 'a'))?.body, { list: [1] });
      });

      it('absent lets only the first put through', async () => {
        const kind = newKind();
        await records.write([put(kind, 'a', { expect: 'absent', body: { by: 1 } })]);
        await assert.rejects(records.write([put(kind, 'a', { expect: 'absent', body: { by: 2 } })]), Conflict);
        assert.deepEqual((await records.get(kind, 'a'))?.body, { by: 1 });
      });

      it('an expected version that is not the current one is a conflict that names the record', async () => {
        const kind = newKind();
        await records.write([put(kind, 'a')]);
        assert.deepEqual(await records.write([put(kind, 'a', { expect: 1 })]), [2]);
        await assert.rejects(
          records.write([put(kind, 'a', { expect: 1 })]),
          (error) => error instanceof Conflict && /"a".*version 2, not 1/.test(error.message),
        );
        await assert.rejects(
          records.write([put(kind, 'none', { expect: 1 })]),
          (error) => error instanceof Conflict && /"none".*does not exist/.test(error.message),
        );
        assert.equal(await records.get(kind, 'none'), undefined);
      });

      it('a removal may expect a version; without one it may meet nothing', async () => {
        const kind = newKind();
        await records.write([put(kind, 'a')]);
        await assert.rejects(records.write([{ remove: { kind, id: 'a' }, expect: 2 }]), Conflict);
        await assert.rejects(records.write([{ remove: { kind, id: 'none' }, expect: 1 }]), Conflict);
        assert.deepEqual(
          await records.write([{ remove: { kind, id: 'a' }, expect: 1 }, { remove: { kind, id: 'none' } }]),
          [0, 0],
        );
        assert.deepEqual(await ids(kind), []);
      });

      it('one failed expectation undoes the whole write', async () => {
        const kind = newKind();
        await records.write([put(kind, 'kept', { body: { is: 'first' } }), put(kind, 'b')]);
        const attempt = records.write([
          put(kind, 'kept', { body: { is: 'second' } }),
          put(kind, 'fresh', { expect: 'absent' }),
          { remove: { kind, id: 'b' } },
          put(kind, 'b2', { expect: 3 }),
        ]);
        await assert.rejects(attempt, Conflict);
        assert.deepEqual(await ids(kind), ['b', 'kept']);
        assert.deepEqual((await records.get(kind, 'kept'))?.body, { is: 'first' });
      });

      it('a write of many changes answers their versions in order', async () => {
        const kind = newKind();
        await records.write([put(kind, 'b'), put(kind, 'c')]);
        const changes: RecordChange[] = [
          { remove: { kind, id: 'c' } },
          put(kind, 'd', { expect: 'absent' }),
          put(kind, 'b', { expect: 1 }),
          put(kind, 'a'),
        ];
        assert.deepEqual(await records.write(changes), [0, 1, 2, 1]);
        assert.deepEqual(await ids(kind), ['a', 'b', 'd']);
        assert.deepEqual(await records.write([]), []);
      });

      it('of many concurrent writes with one expectation exactly one succeeds', async () => {
        const kind = newKind();
        const creates = await Promise.allSettled(
          Array.from({ length: 20 }, (_, by) => records.write([put(kind, 'a', { expect: 'absent', body: { by } })])),
        );
        assert.equal(creates.filter(({ status }) => status === 'fulfilled').length, 1);
        assert.ok(creates.every((each) => each.status === 'fulfilled' || each.reason instanceof Conflict));
        const updates = await Promise.allSettled(
          Array.from({ length: 20 }, () => records.write([put(kind, 'a', { expect: 1 })])),
        );
        assert.equal(updates.filter(({ status }) => status === 'fulfilled').length, 1);
      });

      it('concurrent batches over the same records all come through', async () => {
        const kind = newKind();
        const names = ['a', 'b', 'c', 'd', 'e', 'f'];
        const batches = Array.from({ length: 24 }, (_, at) => {
          const rotated = [...names.slice(at % 6), ...names.slice(0, at % 6)];
          return records.write(
            rotated.map((id, place) => (place === 5 && at % 3 === 0 ? { remove: { kind, id } } : put(kind, id))),
          );
        });
        assert.equal((await Promise.all(batches)).length, 24);
      });

      it('a thousand changes are one write', async () => {
        const kind = newKind();
        const changes = Array.from({ length: 1000 }, (_, at) =>
          put(kind, `id-${String(at).padStart(4, '0')}`, { body: { at } }),
        );
        assert.equal((await records.write(changes)).length, 1000);
        assert.deepEqual((await records.get(kind, 'id-0999'))?.body, { at: 999 });
      });

      it('a large body is kept whole', async () => {
        const kind = newKind();
        const text = 'ü'.repeat(1_000_000);
        await records.write([put(kind, 'a', { body: { text } })]);
        assert.equal((await records.get<{ text: string }>(kind, 'a'))?.body.text, text);
      });

      for (const [what, id] of [
        ['NUL', 'a\0b'],
        ['half a surrogate pair', 'a\ud800b'],
        ['no character', ''],
        ['too many bytes', 'é'.repeat(idBytesMax / 2 + 1)],
      ] as const) {
        it(`an id of ${what} is refused as the caller's data`, async () => {
          const kind = newKind();
          await assert.rejects(records.write([put(kind, 'good'), put(kind, id)]), DataError);
          await assert.rejects(records.get(kind, id), DataError);
          await assert.rejects(records.append(id, [{ timeMs: 1, text: 'a' }]), DataError);
          assert.deepEqual(await ids(kind), []);
        });
      }

      it('a body or an event beyond the limit is refused with the limit, and nothing of its write is kept', async () => {
        const kind = newKind();
        const text = 'x'.repeat(textBytesMax + 1);
        const isLimit = (error: unknown): boolean =>
          error instanceof DataError && error.message.includes(String(textBytesMax));
        await assert.rejects(records.write([put(kind, 'a'), put(kind, 'b', { body: { text } })]), isLimit);
        await assert.rejects(records.append(kind, [{ timeMs: 1, text }]), isLimit);
        assert.deepEqual(await ids(kind), []);
        assert.deepEqual(await records.read(kind, {}), []);
      });

      it('an id of as many bytes as there may be is kept', async () => {
        const kind = newKind();
        const id = Array.from({ length: idBytesMax / 2 }, (_, at) =>
          String.fromCharCode(0xa1 + ((at * 7919) % 500)),
        ).join('');
        await records.write([put(kind, id, { status: 'x'.repeat(256) })]);
        assert.deepEqual(await ids(kind), [id]);
      });
    });

    describe('list', () => {
      const odd = [
        '',
        '\u0001',
        ' ',
        '%',
        '_',
        "'",
        '\\',
        'A',
        'Z',
        'a',
        'a/',
        'a/b',
        'aa',
        '~',
        '\u00e9',
        '\ud7ff',
        '\ue000',
        '\uffff',
        '\u{10000}',
        '\u{10ffff}',
      ].map((end) => `k${end}`);
      let kind: string;
      before(async () => {
        kind = newKind();
        await records.write([...odd].reverse().map((id) => put(kind, id)));
      });

      it('ids come in the order of their UTF-8 bytes', async () => {
        const sorted = [...odd].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
        assert.deepEqual(await ids(kind), sorted);
        assert.deepEqual(await ids(kind, { descending: true }), sorted.reverse());
      });

      it('a prefix is taken literally', async () => {
        assert.deepEqual(await ids(kind, { idPrefix: 'ka' }), ['ka', 'ka/', 'ka/b', 'kaa']);
        assert.deepEqual(await ids(kind, { idPrefix: 'k%' }), ['k%']);
        assert.deepEqual(await ids(kind, { idPrefix: 'k_' }), ['k_']);
        assert.deepEqual(await ids(kind, { idPrefix: 'k\\' }), ['k\\']);
        assert.deepEqual(await ids(kind, { idPrefix: 'k\uffff' }), ['k\uffff']);
        assert.deepEqual(await ids(kind, { idPrefix: 'k\u{10ffff}' }), ['k\u{10ffff}']);
        assert.equal((await ids(kind, { idPrefix: '' })).length, odd.length);
      });

      it('pages by id neither lose nor repeat a record', async () => {
        const paged: string[] = [];
        for (;;) {
          const page = await ids(kind, { limit: 3, ...(paged.length === 0 ? {} : { idAfter: paged.at(-1)! }) });
          if (page.length === 0) break;
          paged.push(...page);
        }
        assert.deepEqual(paged, await ids(kind));
      });

      it('a bound may be within or without', async () => {
        assert.deepEqual(await ids(kind, { idPrefix: 'ka', idFrom: 'ka/' }), ['ka/', 'ka/b', 'kaa']);
        assert.deepEqual(await ids(kind, { idPrefix: 'ka', idAfter: 'ka/' }), ['ka/b', 'kaa']);
        const byTime = await ids(kind, { sortBy: 'createdAt', idFrom: 'ka/' });
        assert.deepEqual(byTime.sort(), (await ids(kind, { idFrom: 'ka/' })).sort());
      });

      it('a part of the id is found in either case and taken literally', async () => {
        assert.deepEqual(await ids(kind, { idContains: 'KA' }), ['kA', 'ka', 'ka/', 'ka/b', 'kaa']);
        assert.deepEqual(await ids(kind, { idContains: '%' }), ['k%']);
        assert.deepEqual(await ids(kind, { idContains: '_' }), ['k_']);
      });

      it('status and times select', async () => {
        const jobs = newKind();
        await records.write([
          put(jobs, 'a', { status: 'Completed', createdAtMs: 10, updatedAtMs: 40 }),
          put(jobs, 'b', { status: 'Failed', createdAtMs: 20, updatedAtMs: 30 }),
          put(jobs, 'c', { status: 'InProgress', createdAtMs: 30, updatedAtMs: 20 }),
          put(jobs, 'd', { createdAtMs: 40, updatedAtMs: 10 }),
        ]);
        assert.deepEqual(await ids(jobs, { statuses: ['Failed', 'InProgress'] }), ['b', 'c']);
        assert.deepEqual(await ids(jobs, { statuses: [''] }), ['d']);
        assert.deepEqual(await ids(jobs, { statuses: [] }), []);
        assert.deepEqual(await ids(jobs, { createdAfterMs: 10, createdBeforeMs: 40 }), ['b', 'c']);
        assert.deepEqual(await ids(jobs, { updatedAfterMs: 10, updatedBeforeMs: 40 }), ['b', 'c']);
        assert.deepEqual(await ids(jobs, { sortBy: 'createdAt', descending: true, offset: 1, limit: 2 }), ['c', 'b']);
        assert.deepEqual(await ids(jobs, { sortBy: 'updatedAt' }), ['d', 'c', 'b', 'a']);
        assert.deepEqual(await ids(jobs, { sortBy: 'status' }), ['d', 'a', 'b', 'c']);
      });

      it('ties are broken by id in the same direction', async () => {
        const jobs = newKind();
        await records.write(['b', 'c', 'a'].map((id) => put(jobs, id, { status: 'Same' })));
        for (const sortBy of ['createdAt', 'updatedAt', 'status'] as const) {
          assert.deepEqual(await ids(jobs, { sortBy }), ['a', 'b', 'c']);
          assert.deepEqual(await ids(jobs, { sortBy, descending: true }), ['c', 'b', 'a']);
        }
      });

      it('a page holds at most a thousand records', async () => {
        const many = newKind();
        const changes = Array.from({ length: 1003 }, (_, at) => put(many, `id-${String(at).padStart(4, '0')}`));
        await records.write(changes);
        assert.equal((await ids(many)).length, 1000);
        assert.equal((await ids(many, { limit: 5000 })).length, 1000);
        assert.deepEqual(await ids(many, { idAfter: 'id-0999' }), ['id-1000', 'id-1001', 'id-1002']);
        assert.deepEqual(await ids(many, { limit: 0 }), []);
      });

      it('a text that no id can hold is refused', async () => {
        await assert.rejects(ids(kind, { idPrefix: 'a\0' }), DataError);
        await assert.rejects(ids(kind, { idContains: '\udc00' }), DataError);
      });
    });

    describe('streams', () => {
      const texts = async (stream: string, query = {}): Promise<string[]> =>
        (await records.read(stream, query)).map((event) => event.text);

      it('events come back in the order of their appending, whatever their times and characters', async () => {
        const stream = newKind();
        const events = [
          'plain',
          '',
          'tab\tand "quotes" {a,b} \\ NULL',
          'nul\0inside',
          'half \ud800',
          '\u0001first',
          '🦉',
          'NULL',
          'x'.repeat(16_384),
        ].map((text, at) => ({ timeMs: 1000 - at, text }));
        await records.append(stream, events.slice(0, 4));
        await records.append(stream, events.slice(4));
        await records.append(stream, []);
        const found = await records.read(stream, {});
        assert.deepEqual(
          found.map(({ timeMs, text }) => ({ timeMs, text })),
          events,
        );
        const sequences = found.map((event) => event.sequence);
        assert.deepEqual(
          sequences,
          [...new Set(sequences)].sort((left, right) => left - right),
        );
        assert.ok(sequences[0]! > 0);
      });

      it('a page goes on where the last one ended, in both directions', async () => {
        const stream = newKind();
        await records.append(
          stream,
          Array.from({ length: 7 }, (_, at) => ({ timeMs: at, text: String(at) })),
        );
        const first = await records.read(stream, { limit: 3 });
        assert.deepEqual(
          first.map((event) => event.text),
          ['0', '1', '2'],
        );
        assert.deepEqual(await texts(stream, { after: first.at(-1)!.sequence, limit: 3 }), ['3', '4', '5']);
        const last = await records.read(stream, { backward: true, limit: 3 });
        assert.deepEqual(
          last.map((event) => event.text),
          ['6', '5', '4'],
        );
        assert.deepEqual(await texts(stream, { backward: true, before: last.at(-1)!.sequence, limit: 2 }), ['3', '2']);
      });

      it('times select from the first on and up to before the last', async () => {
        const stream = newKind();
        await records.append(
          stream,
          [10, 20, 30, 20].map((timeMs) => ({ timeMs, text: String(timeMs) })),
        );
        assert.deepEqual(await texts(stream, { fromTimeMs: 20 }), ['20', '30', '20']);
        assert.deepEqual(await texts(stream, { toTimeMs: 20 }), ['10']);
        assert.deepEqual(await texts(stream, { fromTimeMs: 20, toTimeMs: 30, backward: true, limit: 1 }), ['20']);
      });

      it('a stream that nobody wrote is empty, and streams are apart', async () => {
        const stream = newKind();
        await records.append(`${stream}/a`, [{ timeMs: 1, text: 'a' }]);
        assert.deepEqual(await records.read(stream, {}), []);
        assert.deepEqual(await texts(`${stream}/a`), ['a']);
      });

      it('a page holds at most ten thousand events', async () => {
        const stream = newKind();
        await records.append(
          stream,
          Array.from({ length: 10_002 }, (_, at) => ({ timeMs: at, text: String(at) })),
        );
        assert.equal((await records.read(stream, {})).length, 10_000);
        assert.equal((await records.read(stream, { limit: 20_000, backward: true })).length, 10_000);
      });

      it('a removed stream is empty and does not use its numbers again', async () => {
        const stream = newKind();
        await records.append(stream, [{ timeMs: 1, text: 'old' }]);
        const [old] = await records.read(stream, {});
        await records.removeStream(stream);
        await records.removeStream(newKind());
        assert.deepEqual(await records.read(stream, {}), []);
        await records.append(stream, [{ timeMs: 2, text: 'fresh' }]);
        assert.deepEqual(await texts(stream, { after: old!.sequence }), ['fresh']);
      });

      it('concurrent appends keep each batch together and lose nothing', async () => {
        const stream = newKind();
        await Promise.all(
          Array.from({ length: 10 }, (_, batch) =>
            records.append(
              stream,
              Array.from({ length: 20 }, (_, at) => ({ timeMs: batch, text: `${batch}:${at}` })),
            ),
          ),
        );
        const found = await records.read(stream, {});
        assert.equal(found.length, 200);
        for (let batch = 0; batch < 10; batch++) {
          const first = found.findIndex((event) => event.timeMs === batch);
          assert.deepEqual(
            found.slice(first, first + 20).map((event) => event.text),
            Array.from({ length: 20 }, (_, at) => `${batch}:${at}`),
          );
        }
      });
    });

    describe('watch', () => {
      it('a watcher hears of each put and removal of its kind, and of no other', async () => {
        const kind = newKind();
        const heard: string[] = [];
        const off = records.watch(kind, (id) => heard.push(id));
        const last = new Promise<void>((resolve) => {
          const offLast = records.watch(kind, (id) => {
            if (id !== 'last') return;
            offLast();
            resolve();
          });
        });
        await records.write([put(newKind(), 'other'), put(kind, 'a')]);
        await records.write([{ remove: { kind, id: 'a' } }, put(kind, 'b')]);
        await assert.rejects(records.write([put(kind, 'c', { expect: 1 })]), Conflict);
        await records.write([put(kind, 'last')]);
        await last;
        off();
        assert.deepEqual(heard.sort(), ['a', 'a', 'b', 'last']);
      });

      it('a watcher sees the written record', async () => {
        const kind = newKind();
        const seen = new Promise<JsonObject | undefined>((resolve, reject) => {
          const off = records.watch(kind, (id) => {
            off();
            records.get(kind, id).then((record) => resolve(record?.body), reject);
          });
        });
        await records.write([put(kind, 'a', { body: { is: 'there' } })]);
        assert.deepEqual(await seen, { is: 'there' });
      });

      it('a watcher that was switched off hears nothing more', async () => {
        const kind = newKind();
        let heard = 0;
        const off = records.watch(kind, () => heard++);
        off();
        off();
        const other = new Promise<void>((resolve) => void records.watch(kind, () => resolve()));
        await records.write([put(kind, 'a')]);
        await other;
        assert.equal(heard, 0);
      });
    });

    it('a closed store refuses, and may be closed twice', async () => {
      const closing = await open();
      await closing.close();
      await closing.close();
      await assert.rejects(closing.get('kind', 'a'), Unavailable);
      await assert.rejects(closing.write([put('kind', 'a')]), Unavailable);
    });
  });
}

type Put = Extract<RecordChange, { put: unknown }>['put'];
