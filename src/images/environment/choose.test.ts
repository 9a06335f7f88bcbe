import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameworks } from '../frameworks/all.ts';
import { packagesOf } from '../frameworks/framework.ts';
import { sklearn } from '../frameworks/sklearn.ts';
import { chooseVersion } from './choose.ts';

const choose = (python: string, version?: string, use?: string) => {
  const { meant, run } = chooseVersion(sklearn, { version, use, python });
  return [meant.version, run.version];
};

test('The newest version that this Python takes is the default, and a tag names a version too', () => {
  assert.deepEqual(choose('3.11'), ['1.4.2', '1.4.2']);
  assert.deepEqual(choose('3.11', '1.2-1'), ['1.2.1', '1.2.1']);
  assert.deepEqual(choose('3.10', '1.0.2'), ['1.0.2', '1.0.2']);
});

test('A version that this Python does not take is refused with those that it takes, and never replaced in silence', () => {
  assert.throws(
    () => choose('3.11', '1.0-1'),
    /scikit-learn 1\.0\.2 has packages for Python 3\.9 to 3\.10, and this is 3\.11\. Python 3\.11 takes 1\.4\.2, 1\.2\.1; name another Python by --python, or let another version run in its place: --use 1\.4\.2/,
  );
  assert.throws(() => choose('3.11', '0.23-1'), /0\.23\.2 has packages for Python 3\.6 to 3\.8 only/);
  assert.throws(
    () => choose('3.11', '7'),
    /scikit-learn 7 is not known; there are: 1\.4\.2, 1\.2\.1, 1\.0\.2, 0\.23\.2/,
  );
  assert.throws(
    () => choose('3.13'),
    /No version of scikit-learn can be installed with Python 3\.13; 1\.4\.2 takes 3\.9 to 3\.12/,
  );
  assert.throws(() => choose('3.11', '1.4.2', '1.0.2'), /scikit-learn 1\.0\.2 has packages for Python 3\.9 to 3\.10/);
});

test('A version that the user chose runs in place of another one', () => {
  assert.deepEqual(choose('3.11', '0.23-1', '1.2-1'), ['0.23.2', '1.2.1']);
});

test('Every package of every framework is pinned, with both toolkits', () => {
  for (const { name, versions } of frameworks) {
    assert.equal(new Set(versions.map(({ version }) => version)).size, versions.length, name);
    for (const version of versions.filter(({ packages }) => packages.length > 0)) {
      const packages = packagesOf(version);
      for (const each of packages) assert.match(each, /^[a-z][a-z-]+==\d[\w.]*$/);
      assert.ok(packages.some((each) => each.startsWith('sagemaker-training==')));
      assert.ok(version.sizeMb > 0);
    }
  }
});
