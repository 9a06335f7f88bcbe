import { assert } from '../../../base/index.ts';
import type { RowSource } from '../../../formats/index.ts';
import type { KernelSet } from '../../../kernels/index.ts';
import { firstRows, heldSource, holdRows, pickRows } from '../../rows/rows.ts';
import type { FitObserver, LinearModel } from '../model.ts';
import { makePlan } from '../plan.ts';
import type { LinearLearnerSettings } from '../settings.ts';
import { comparableLosses } from './comparable-losses.ts';
import { type ExpansionDeclaration, expandedCountOf } from './expansion.ts';

/** Rows that powers and products are compared on at most. */
const rowsMax = 20_000;
/** Expanded features up to which a search of penalties is quick. */
const featuresMax = 3000;

export interface ExpansionChoice {
  kernels: KernelSet;
  observer: Pick<FitObserver, 'notice'>;
  stopped: () => boolean;
  start?: LinearModel | undefined;
}

/**
 * The settings with what `auto` means for powers and products: none, unless rows left out of training prefer them by more than a
 * standard error of the paired difference. From an earlier model on, what that model has. The log shows the figures.
 */
export async function withChosenExpansion(
  settings: LinearLearnerSettings,
  train: RowSource,
  { kernels, observer, stopped, start }: ExpansionChoice,
): Promise<LinearLearnerSettings> {
  const { polynomialDegree, interactions } = settings;
  if (polynomialDegree !== 'auto' && interactions !== 'auto') return settings;
  const resolved = ({ degree, interactions: pairs }: ExpansionDeclaration): LinearLearnerSettings => ({
    ...settings,
    polynomialDegree: polynomialDegree === 'auto' ? degree : polynomialDegree,
    interactions: interactions === 'auto' ? pairs : interactions,
  });
  if (start !== undefined) return resolved(start.expansion ?? { degree: 1, interactions: 'none' });
  const plain = resolved({ degree: 1, interactions: 'none' });
  const without = (reason: string): LinearLearnerSettings => {
    observer.notice(`${asked(settings)}: ${shownTerms(plain)}, since ${reason}`);
    return plain;
  };
  if (train.sparseBlocks !== undefined) return without('the rows are sparse');
  const larger = [
    ...(polynomialDegree === 'auto' ? [resolved({ degree: 2, interactions: 'none' })] : []),
    ...(interactions === 'auto' ? [resolved({ degree: 1, interactions: 'all' })] : []),
    ...(polynomialDegree === 'auto' && interactions === 'auto' ? [resolved({ degree: 2, interactions: 'all' })] : []),
  ].filter((each) => expandedCountOf(train.featureCount, declarationOf(each)) <= featuresMax);
  if (larger.length === 0) return without(`all others make more than ${featuresMax} features`);
  const rows = await someRows(train);
  const compare = (one: LinearLearnerSettings) => comparableLosses(one, makePlan(one), rows, kernels, stopped);
  const alone = await compare(plain);
  if (typeof alone === 'string') return without(alone);
  let best = { settings: plain, losses: alone };
  const figures = [`${shownTerms(plain)} ${shown(meanOf(best.losses))}`];
  for (const each of larger) {
    const losses = await compare(each);
    if (stopped()) return without('training was stopped');
    if (typeof losses === 'string') continue;
    const { gain, error } = gainOf(best.losses, losses);
    figures.push(`${shownTerms(each)} ${shown(meanOf(losses))} (${shownGain(gain, error, shownTerms(best.settings))})`);
    if (gain > error) best = { settings: each, losses };
  }
  observer.notice(
    `${asked(settings)}: loss on rows left out: ${figures.join('; ')}. Taken: ${shownTerms(best.settings)}`,
  );
  return best.settings;
}

/** All rows, or some that are spread over all of them; of a stream the first. */
async function someRows(train: RowSource): Promise<RowSource> {
  const held = await holdRows(train);
  if (held === undefined) return firstRows(train, rowsMax);
  if (held.rowCount <= rowsMax) return heldSource(train.name, held);
  const every = held.rowCount / rowsMax;
  const order = Uint32Array.from({ length: rowsMax }, (_, place) => Math.floor(place * every));
  return heldSource(train.name, pickRows(held, order));
}

/** By how much the second losses are lower, row by row where both know them, and the standard error of that. */
function gainOf(one: Float64Array, other: Float64Array): { gain: number; error: number } {
  let rows = 0;
  let sum = 0;
  let squares = 0;
  for (let row = 0; row < one.length; row += 1) {
    const gain = one[row] - other[row];
    if (Number.isNaN(gain)) continue;
    rows += 1;
    sum += gain;
    squares += gain * gain;
  }
  const gain = sum / rows;
  return { gain, error: Math.sqrt((squares / rows - gain * gain) / rows) };
}

function meanOf(losses: Float64Array): number {
  const known = losses.filter((loss) => !Number.isNaN(loss));
  return known.reduce((sum, loss) => sum + loss, 0) / known.length;
}

const declarationOf = ({ polynomialDegree, interactions }: LinearLearnerSettings): ExpansionDeclaration => {
  assert(polynomialDegree !== 'auto' && interactions !== 'auto', 'auto is resolved');
  return { degree: polynomialDegree, interactions };
};

const asked = ({ polynomialDegree, interactions }: LinearLearnerSettings): string =>
  [polynomialDegree === 'auto' && 'polynomial_degree=auto', interactions === 'auto' && 'interactions=auto']
    .filter(Boolean)
    .join(', ');

function shownTerms(settings: LinearLearnerSettings): string {
  const { degree, interactions } = declarationOf(settings);
  const terms = [
    ...(degree > 1 ? [`powers up to ${degree}`] : []),
    ...(interactions === 'all' ? ['all products'] : interactions === 'none' ? [] : [`${interactions.length} products`]),
  ];
  return terms.length === 0 ? 'features alone' : terms.join(' and ');
}

const shown = (value: number): string => String(Number(value.toPrecision(4)));

const shownGain = (gain: number, error: number, best: string): string =>
  `${shown(Math.abs(gain / error))} standard errors ${gain > 0 ? 'below' : 'above'} ${best}`;
