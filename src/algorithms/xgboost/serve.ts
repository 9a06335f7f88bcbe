import { imageVariable } from '../../contract/index.ts';
import type { Explanations } from '../../learners/index.ts';
import { withExplanations } from '../explaining/with-explanations.ts';
import type { LoadModel } from '../serving/loaded-model.ts';
import { serveModel } from '../serving/serve.ts';
import { withRawRows } from '../serving/with-raw-rows.ts';
import { explainedEnsemble } from './explaining/explained-ensemble.ts';
import { describeEnsemble, loadEnsemble } from './serving/ensemble.ts';
import { invoker } from './serving/invoke.ts';
import { selectedKeys } from './serving/selected-content.ts';

/** Serves models of XGBoost until SIGTERM, without its library; returns the exit code. */
export const serve = (root: string): Promise<number> => serveModel(root, loadModel, { explains: true });

const loadModel: LoadModel = async (folder, options) => {
  const { batch, environment } = options;
  const ensemble = loadEnsemble(folder, {
    onlyFirst: environment.SAGEMAKER_INFERENCE_ENSEMBLE?.toLowerCase() === 'false',
  });
  const plain = invoker(ensemble, {
    selected: selectedKeys(environment.SAGEMAKER_INFERENCE_OUTPUT),
    acceptDefault: environment.SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT,
    csv: batch ? 'lists' : answersOnOneLine(environment[imageVariable]) ? 'one line' : 'table',
  });
  const { featureCount } = ensemble;
  const raw = await withRawRows(folder, featureCount, plain);
  const open = (kept?: Explanations) => explainedEnsemble(ensemble, kept);
  const invoke = await withExplanations({ folder, featureCount, open }, options, raw);
  return { invoke, text: describeEnsemble(ensemble) };
};

/** Images up to 1.2 answered with all scores on one line between commas, later ones with a line for each row. */
function answersOnOneLine(image = ''): boolean {
  const [, repository, tag = 'latest'] = /([^/:@]+)(?::([^@]+))?(?:@.*)?$/.exec(image) ?? [];
  return repository === 'xgboost' || (repository === 'sagemaker-xgboost' && /^(0\.|1\.[0-2]-)/.test(tag));
}
