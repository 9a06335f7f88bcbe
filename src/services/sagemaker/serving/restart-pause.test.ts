import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restartPauses } from './restart-pause.ts';

test('The pause grows while a program ends without having served, up to half a minute', () => {
  const pause = restartPauses();
  const pauses = Array.from({ length: 10 }, () => pause({ served: false, upMs: 100 }));
  assert.deepEqual(pauses, [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
});

test('It starts anew once the program has answered, or was up for a second', () => {
  const pause = restartPauses();
  const fail = () => pause({ served: false, upMs: 0 });
  assert.deepEqual([fail(), fail(), pause({ served: true, upMs: 10 }), fail()], [200, 400, 200, 400]);
  assert.deepEqual([fail(), pause({ served: false, upMs: 1_000 }), fail()], [800, 200, 400]);
});
