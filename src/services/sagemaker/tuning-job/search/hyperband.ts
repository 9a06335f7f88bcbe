import type { Bands } from '../../../../tuning/index.ts';
import type { Definition } from '../definitions.ts';
import type { TuningRequest } from '../record.ts';

/** Amazon's limit of epochs. */
const resourceMax = 20_000;
/** Where the greatest number of epochs is looked for when the request does not give it: Amazon's names, and XGBoost's. */
const epochNames = ['epochs', 'numepochs', 'n-epochs', 'n_epochs', 'num_epochs', 'num_round'];

/** How many epochs trials get at least and at most; undefined where that is not known. */
export function bandsOf(request: TuningRequest, definition: Definition): Bands | undefined {
  const { MinResource: min = 1, MaxResource: given } =
    request.HyperParameterTuningJobConfig?.StrategyConfig?.HyperbandStrategyConfig ?? {};
  const max = given ?? inferredMax(definition);
  return max === undefined ? undefined : { min, max };
}

function inferredMax({ request: { StaticHyperParameters: fixed = {} } }: Definition): number | undefined {
  const text = epochNames.map((name) => fixed[name]).find((value) => value !== undefined);
  // Script mode writes numbers as JSON, which may be a string.
  const epochs = Number(text?.replace(/^"(.*)"$/, '$1'));
  return Number.isSafeInteger(epochs) && epochs > 0 ? epochs : undefined;
}

export function hyperbandProblem(request: TuningRequest, definition: Definition): string | undefined {
  const bands = bandsOf(request, definition);
  if (bands === undefined)
    return `HyperbandStrategyConfig.MaxResource must be given: StaticHyperParameters have none of ${epochNames.join(', ')} to take it from`;
  const { min, max } = bands;
  if (max > resourceMax) return `HyperbandStrategyConfig.MaxResource is ${max}; at most ${resourceMax} are allowed`;
  return min > max
    ? `HyperbandStrategyConfig.MinResource is ${min}; it may not be greater than MaxResource, which is ${max}`
    : undefined;
}
