import { assert } from '../../../base/index.ts';
import { contentTypes, csvDecoder, decodeAll, parseContentType, parseJsonLines } from '../../../formats/index.ts';
import { lossFacts } from '../../../kernels/index.ts';
import {
  type Explanations,
  explainLinear,
  type ModelFile,
  meansOfRows,
  predict,
  readModelStatistics,
} from '../../../learners/index.ts';
import type { ExplainedModel, Unexplained } from '../../explaining/explained-model.ts';
import { statisticsOf } from './make-explanations.ts';

/** `kept` are the explanations beside the model, where there are some; else those in its statistics count. */
export function explainedLinear(
  { model, precision }: ModelFile,
  bytes: Uint8Array,
  kept: Explanations | undefined,
): ExplainedModel | Unexplained {
  if (model.hashBits !== undefined) return { why: 'its columns are hashed, so that none has a weight of its own' };
  const inModel = kept?.means ? undefined : statisticsOf(model, readModelStatistics(bytes) ?? {});
  const explanations = kept ?? inModel!;
  const means = kept?.means ?? inModel?.means;
  const { link } = lossFacts(model.loss);
  return {
    explanations,
    unit: link === 'logit' || link === 'multinomial' ? 'log-odds' : 'score',
    partsAgainst(baseline) {
      const explain = explainLinear(model, baseline === undefined ? means! : meansOfRows(model, baseline));
      return (rows) => {
        assert('features' in rows, 'rows of a model without hashed columns are dense');
        return explain(rows);
      };
    },
    predictionsOf: (rows) => predict(model, precision, rows).scores,
    readRows: (body, contentType) =>
      parseContentType(contentType).type === contentTypes.jsonLines
        ? parseJsonLines(body, () => undefined)
        : decodeAll(csvDecoder({ labelCount: 0 }), body),
    needsBaseline: means
      ? undefined
      : 'it holds no means of its training rows, which contributions are counted from; an endpoint whose ExplainerConfig has a ShapBaseline explains it',
  };
}
