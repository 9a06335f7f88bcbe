import { Unavailable } from '../../base/index.ts';
import type { Context } from './context.ts';
import { type Algorithm, lookUp, parseImage, type WantedImage } from './images.ts';
import { invalid } from './resource.ts';

type Places = Pick<Context, 'algorithms' | 'containerEngine'>;

/**
 * What runs a program of an image: an algorithm of the catalogue, else a container of the image that the engine has by this
 * name, or by its repository and tag. Throws a ValidationException that says what there is and what to do.
 */
export async function findImage(places: Places, wanted: WantedImage): Promise<Algorithm> {
  const found = await search(places, wanted);
  if ('refusal' in found) throw invalid(found.refusal);
  return found;
}

/** The same for work that was accepted. Throws Unavailable while an engine that had the image does not answer. */
export async function imageToRun(places: Places, wanted: WantedImage): Promise<Algorithm> {
  const found = await search(places, wanted);
  if (!('refusal' in found)) return found;
  throw found.mayPass ? new Unavailable(found.refusal) : invalid(found.refusal);
}

async function search(
  { algorithms, containerEngine }: Places,
  wanted: WantedImage,
): Promise<Algorithm | { refusal: string; mayPass: boolean }> {
  const found = lookUp(algorithms, wanted);
  if (!('refusal' in found)) return found;
  const { refusal, isKnown } = found;
  // What is known and only missing has nothing to do with an engine that may not be used.
  if (containerEngine.setting === 'off' && isKnown) return { refusal, mayPass: false };
  const { repository, tag } = parseImage(wanted.uri);
  const names = wanted.uri.includes('@') ? [wanted.uri] : [wanted.uri, `${repository}:${tag}`];
  const held = await containerEngine.findImage(names);
  if ('image' in held) return inContainer(held.image, wanted);
  // What is known says itself how to get it: to pull it by its name would be wrong advice for an image of Linnet's.
  return { refusal: isKnown && !held.mayPass ? refusal : `${refusal}. ${held.why}`, mayPass: held.mayPass };
}

const inContainer = (image: string, { runsScript }: WantedImage): Algorithm => ({
  repositories: [],
  commands: { train: ['train'], serve: ['serve'] },
  foreign: { path: [], port: true, container: { image } },
  // Amazon's toolkit in an image takes a script that lies there already, and needs no network to fetch it.
  ...(runsScript && { runsScripts: true }),
});
