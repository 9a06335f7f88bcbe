import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError, Unavailable } from '../../base/index.ts';
import type { ContainerEngine } from '../../compute/index.ts';
import type { Context } from './context.ts';
import { findImage, imageToRun } from './find-image.ts';
import type { Algorithm } from './images.ts';

const catalogue = (): Algorithm[] => [
  { repositories: [{ repository: 'trees' }], commands: { train: ['x'] } },
  { repositories: [{ repository: 'scripts' }], commands: {}, missing: { train: 'Scripts have not been added' } },
];
const engine = (held: readonly string[], setting: ContainerEngine['setting'] = 'docker', mayPass = false) => {
  const asked: string[][] = [];
  const containerEngine: Context['containerEngine'] = {
    setting,
    findImage: async (names) => {
      asked.push([...names]);
      const image = names.find((name) => held.includes(name));
      return image === undefined ? { why: 'The engine says no', mayPass } : { image };
    },
  };
  return { asked, places: { algorithms: catalogue, containerEngine } };
};
const training = (uri: string, runsScript = false) => ({ uri, program: 'train' as const, runsScript });
const refused = (pattern: RegExp) => (error: unknown) => error instanceof ServiceError && pattern.test(error.message);

test('images of the catalogue come first, and no engine is asked for them', async () => {
  const { asked, places } = engine(['r.io/trees:1']);
  assert.deepEqual((await findImage(places, training('r.io/trees:1'))).commands.train, ['x']);
  assert.deepEqual(asked, []);
});

test('an engine is asked by the whole name, then by repository and tag, but for a digest', async () => {
  const { asked, places } = engine(['own/net:2']);
  const found = await findImage(places, training('1.dkr.ecr.us-east-1.amazonaws.com/own/net:2'));
  assert.deepEqual(found.foreign?.container, { image: 'own/net:2' });
  assert.deepEqual(found.commands, { train: ['train'], serve: ['serve'] });
  await findImage(places, training('r.io/own@sha256:12')).catch(() => undefined);
  assert.deepEqual(asked, [['1.dkr.ecr.us-east-1.amazonaws.com/own/net:2', 'own/net:2'], ['r.io/own@sha256:12']]);
});

test('an image that is known but not added runs from the engine, with the script of the request', async () => {
  const { places } = engine(['r.io/scripts:1']);
  assert.equal((await findImage(places, training('r.io/scripts:1', true))).runsScripts, true);
});

test('a refusal speaks of catalogue and engine; of what is known only where the engine does not answer', async () => {
  const { places } = engine([]);
  await assert.rejects(findImage(places, training('x:1')), refused(/It has: trees:1 \(.*\)\. The engine says no$/));
  await assert.rejects(findImage(places, training('scripts:1')), refused(/been added$/));
  const { places: away } = engine([], 'docker', true);
  await assert.rejects(findImage(away, training('scripts:1')), refused(/been added\. The engine says no$/));
  const { places: off } = engine([], 'off');
  await assert.rejects(findImage(off, training('scripts:1')), refused(/been added$/));
  await assert.rejects(findImage(off, training('x:1')), refused(/The engine says no$/));
});

test('accepted work waits for an engine that does not answer', async () => {
  const { places } = engine([], 'docker', true);
  await assert.rejects(findImage(places, training('x:1')), ServiceError);
  await assert.rejects(imageToRun(places, training('x:1')), Unavailable);
  await assert.rejects(imageToRun(engine([]).places, training('x:1')), ServiceError);
});
