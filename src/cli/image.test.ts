import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { DataError } from '../base/index.ts';
import { type AddFlags, addImage } from './image.ts';

test('linnet image add refuses a flag that would have no effect', async () => {
  const cases: [AddFlags, string[], RegExp][] = [
    [
      { version: '1.7' },
      ['xgboost'],
      /^--version does not go with the library xgboost, which takes --wheel, --library$/,
    ],
    [{ wheel: 'a.whl' }, ['sklearn'], /^--wheel does not go with the framework sklearn, which takes --version, --use/],
    [{ python: 'python3' }, ['mine', 'folder'], /^--python does not go with a folder, which takes --version$/],
  ];
  for (const [flags, [name, folder], message] of cases)
    await assert.rejects(
      addImage({ ...flags, dataDir: tmpdir() }, name!, folder),
      (thrown) => thrown instanceof DataError && message.test(thrown.message),
    );
});
