import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError } from '../../../../base/index.ts';
import { belowPrefix, readManifest } from './input-data.ts';

test('Keys keep their path below the prefix, as a folder or as a beginning of names', () => {
  const cases: [string, string, string][] = [
    ['data/train/', 'data/train/a.csv', 'a.csv'],
    ['data/train', 'data/train/sub/a.csv', 'sub/a.csv'],
    ['data/train', 'data/train-1.csv', 'train-1.csv'],
    ['data/tr', 'data/train/a.csv', 'train/a.csv'],
    ['data/train/a.csv', 'data/train/a.csv', 'a.csv'],
    ['', 'a/b.csv', 'a/b.csv'],
    ['a', 'abc', 'abc'],
  ];
  for (const [prefix, key, below] of cases) assert.equal(belowPrefix(prefix, key), below, `${prefix} ${key}`);
});

test('A manifest names keys below a prefix, or whole URIs', () => {
  const below = [{ prefix: 's3://bucket/folder/' }, 'a.pbr', 'sub/b.pbr'];
  assert.deepEqual(readManifest(JSON.stringify(below), 'm'), [
    { place: { bucket: 'bucket', key: 'folder/a.pbr' }, below: 'a.pbr' },
    { place: { bucket: 'bucket', key: 'folder/sub/b.pbr' }, below: 'sub/b.pbr' },
  ]);
  assert.deepEqual(readManifest('["s3://bucket/folder/a.pbr"]', 'm'), [
    { place: { bucket: 'bucket', key: 'folder/a.pbr' }, below: 'a.pbr' },
  ]);
});

test('A manifest of another form is refused with its place', () => {
  for (const text of ['', '{}', '[]', '[{"prefix":"s3://b/"}, 7]', '["folder/a"]', '[null]']) {
    assert.throws(
      () => readManifest(text, 's3://b/m'),
      (thrown) => thrown instanceof DataError && thrown.message.includes('s3://b/m'),
      text,
    );
  }
});
