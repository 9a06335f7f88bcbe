import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError, type Json } from '../../../../base/index.ts';
import { parseJsonPath, select } from './json-path.ts';

const record = { id: 7, 'a b': 1, features: [10, 20, 30, 40], deep: { x: { y: 1 }, z: [{ n: 1 }, { n: 2 }] } };

test('A path leads to a value, names to an object, all others to an array', () => {
  const cases: readonly (readonly [string, Json, Json?])[] = [
    ['$', record],
    ['$.features', record.features],
    ["$['features']", record.features],
    ['$["a b"]', 1],
    ['$.deep.x.y', 1],
    ["$.deep.['x']", record.deep.x],
    ["$['id','features']", { id: 7, features: record.features }],
    ["$.deep.['x','z']", record.deep],
    ["$['id','missing']", { id: 7 }],
    ['$.features[1]', 20],
    ['$.features[-1]', 40],
    ['$.features[1,3]', [20, 40]],
    ['$.features[0,2:]', [10, 30, 40]],
    ['$.features[1:3]', [20, 30]],
    ['$.features[:2]', [10, 20]],
    ['$.features[-2:]', [30, 40]],
    ['$.features[*]', record.features],
    ['$.deep.x.*', [1]],
    ['$.deep.z[*].n', [1, 2]],
    ['$.deep.z[0:].n', [1, 2]],
    [' $ ', record],
    ['$[1:]', ['b', 'c'], ['a', 'b', 'c']],
    ['$[ 0 , -1 ]', ['a', 'c'], ['a', 'b', 'c']],
  ];
  for (const [path, wanted, value = record] of cases)
    assert.deepEqual(select(value, parseJsonPath(path)), wanted, path);
});

test('What a path does not find is an error that says why', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['$.nothing', 'there is no "nothing"'],
    ['$.features[4]', 'there is no index 4: it has 4 values'],
    ['$.features[-5]', 'there is no index -5: it has 4 values'],
    ['$.features[4:]', 'the slice 4: of its 4 values is empty'],
    ['$[0]', 'an index is used on an object'],
    ['$.features.x', 'the name "x" is used on an array'],
    ['$.id.x', 'the name "x" is used on a number'],
    ['$.id[*]', '* is used on a number'],
    ['$.toString', 'there is no "toString"'],
  ];
  for (const [path, message] of cases)
    assert.throws(() => select(record, parseJsonPath(path)), new DataError(message), path);
});

test("A path beyond Amazon's subset is refused with its place", () => {
  const cases: readonly (readonly [string, number])[] = [
    ['', 1],
    ['features', 1],
    ['$..x', 2],
    ['$.', 2],
    ['$[', 3],
    ['$[1', 4],
    ['$[1:2:3]', 6],
    ['$[?(@.x)]', 3],
    ["$['a',1]", 7],
    ["$['a'", 6],
    ['$x', 2],
    ['$[]', 3],
  ];
  for (const [path, place] of cases)
    assert.throws(
      () => parseJsonPath(path),
      (thrown: unknown) =>
        thrown instanceof DataError && thrown.message.startsWith(`"${path}" is wrong at character ${place}: `),
      path,
    );
});
