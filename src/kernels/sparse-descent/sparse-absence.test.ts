import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeShape, variedModels } from '../descent/descent.suite.ts';
import { Absence, exponentOf } from './sparse-absence.ts';

test('Exponents of decay are logarithms to the last digits', () => {
  for (const x of [0, 1e-300, 1e-20, 1e-9, 0.003, 0.0099, 0.0101, 0.25, 0.5, 0.75, 0.999999]) {
    const exact = -Math.log1p(-x);
    assert.ok(Math.abs(exponentOf(x) - exact) <= 4e-16 * exact, `${exponentOf(x)}, not ${exact}`);
  }
  for (const x of [1, 3]) assert.ok(exponentOf(x) > 69);
});

test('Tables that were sought are those that were built update by update', () => {
  for (const rule of ['adam', 'sgd'] as const) {
    const shape = makeShape({ featureCount: 9, models: variedModels(3, { l1: 0.1 }), rule });
    const [built, sought] = [new Absence(shape), new Absence(shape)];
    for (let update = 1; update <= 700; update += 1) {
      built.advance();
      if (built.isFull) built.restart(update);
    }
    sought.seek(700);
    assert.equal(sought.offset, 700 - 512);
    const end = 3 * (sought.offset + 1);
    for (const key of ['coast', 'decayed', 'shrunk'] as const) {
      assert.deepEqual(sought[key].subarray(0, end), built[key].subarray(0, end), key);
    }
    assert.ok(sought.coast[3 * (sought.offset - 1)] !== 0);
  }
});
