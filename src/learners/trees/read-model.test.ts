import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../base/index.ts';
import { readUbjson } from './files/ubjson.ts';
import { modelBytes, modelFiles } from './fixtures.testing.ts';
import { predictBoosted } from './predict.ts';
import { readBoostedModel } from './read-model.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const refuses = (bytes: Uint8Array, message: RegExp): void =>
  assert.throws(
    () => readBoostedModel(bytes),
    (error) => error instanceof DataError && message.test(error.message),
  );
const json = (): Record<string, any> => JSON.parse(new TextDecoder().decode(modelBytes('binary-logistic.json')));

test('JSON, UBJSON, the binary format and pickles of one model are the same model', () => {
  const files = modelFiles.filter((file) => file.startsWith('binary-logistic'));
  const [first, ...others] = files.map((file) => readBoostedModel(modelBytes(file)));
  assert.equal(others.length, 5);
  // The binary format keeps settings of the objective among the attributes.
  for (const other of others) assert.deepEqual({ ...other, attributes: {} }, { ...first, attributes: {} });
});

test('What cannot be scored is refused by its name', () => {
  refuses(modelBytes('vector-leaf.ubj'), /leaves of 2 values.*one_output_per_tree/);
  refuses(new Uint8Array(0), /The file is empty/);
  refuses(encode('PK\u0003\u0004 something else'), /begins with "PK/);
  refuses(encode('{"learner": '), /The model is not JSON/);
  refuses(encode('{"learner": {}}'), /"learner_model_param" is not an object/);
  const custom = json();
  custom.learner.objective.name = 'custom:mine';
  refuses(encode(JSON.stringify(custom)), /objective is "custom:mine"; models of binary:hinge|binary:logistic/);
});

test('A model whose parts do not fit is refused with the place', () => {
  const broken = (change: (tree: Record<string, any>, model: Record<string, any>) => void): Uint8Array => {
    const model = json();
    change(model.learner.gradient_booster.model.trees[1], model.learner.gradient_booster.model);
    return encode(JSON.stringify(model));
  };
  refuses(
    broken((tree) => tree.left_children.fill(1)),
    /Tree 1 of the model (has|reaches)/,
  );
  refuses(
    broken((tree) => {
      tree.left_children[0] = 99;
    }),
    /children of node 0 beyond its nodes/,
  );
  refuses(
    broken((tree) => {
      tree.split_indices[0] = 6;
    }),
    /asks for feature 6, but the model has 6/,
  );
  refuses(
    broken((tree) => {
      tree.default_left.pop();
    }),
    /entries in one of its lists/,
  );
  refuses(
    broken((_, model) => {
      model.tree_info[0] = 5;
    }),
    /class beyond the 1/,
  );
  refuses(
    broken((_, model) => {
      model.iteration_indptr.pop();
    }),
    /rounds do not cover/,
  );
});

test('A pickle is not run: without a booster it is refused with the way to convert it', () => {
  // pickle.dumps({'a': b'x' * 200}, 3), and one that would call os.system.
  refuses(
    Buffer.from(`\x80\x03}q\x00X\x01\x00\x00\x00aq\x01B\xc8\x00\x00\x00${'x'.repeat(200)}q\x02s.`, 'latin1'),
    /save_model/,
  );
  refuses(Buffer.from('\x80\x02cos\nsystem\nX\x04\x00\x00\x00exit\x85R.', 'latin1'), /is not run; convert it/);
  refuses(Buffer.from('\x80\x02X\xff\x00\x00\x00ab', 'latin1'), /ends inside an instruction/);
});

test('Damaged model files are refused or read, and never break the reader', () => {
  const small = modelFiles.filter((file) => /leaves|linear|0\.90|pickle-2/.test(file)).map(modelBytes);
  const change = fc.tuple(
    fc.constantFrom(...small),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
    fc.nat(),
  );
  fc.assert(
    fc.property(change, ([bytes, changes, cut]) => {
      const damaged = bytes.slice(0, cut % 3 === 0 ? cut % bytes.length : bytes.length);
      for (const [at, value] of changes) if (damaged.length > 0) damaged[at % damaged.length] = value;
      try {
        const model = readBoostedModel(damaged);
        if (model.featureCount < 1000 && model.groupCount < 1000)
          predictBoosted(model, { rowCount: 1, featureCount: 1, features: Float32Array.of(1) });
      } catch (error) {
        assert.ok(error instanceof DataError, String((error as Error).stack));
      }
    }),
    { numRuns: 3000 },
  );
});

test('UBJSON of every type is read', () => {
  const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
  assert.deepEqual(readUbjson(bytes('[ZTFi\xffU\xffI\x01\x00l\x00\x01\x00\x00d\x3f\x80\x00\x00CxSU\x02abN]')), [
    null,
    true,
    false,
    -1,
    255,
    256,
    65536,
    1,
    'x',
    'ab',
  ]);
  assert.deepEqual(readUbjson(bytes('[$I#U\x02\x00\x01\xff\xff')), Int16Array.of(1, -1));
  assert.deepEqual(readUbjson(bytes('[#U\x02TF')), [true, false]);
  assert.deepEqual({ ...(readUbjson(bytes('{U\x01aU\x05U\x01b[]}')) as object) }, { a: 5, b: [] });
  assert.throws(() => readUbjson(bytes('[$d#U\x02\0\0\0\0')), /ends inside a value/);
  assert.throws(() => readUbjson(bytes('[$d#U\xff')), /has a length of 255/);
  assert.throws(() => readUbjson(bytes('['.repeat(100))), /nests deeper than 64/);
  assert.throws(() => readUbjson(bytes('TT')), /ends at byte 1/);
});
