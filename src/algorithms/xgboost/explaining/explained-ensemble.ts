import { csvDecoder, decodeAll } from '../../../formats/index.ts';
import type { Explanations } from '../../../learners/index.ts';
import type { AnyRows, ExplainedModel, Unexplained } from '../../explaining/explained-model.ts';
import { taskOf } from '../report/answers.ts';
import { type Ensemble, explainEnsemble, scoreEnsemble } from '../serving/ensemble.ts';
import { dense } from '../serving/read-rows.ts';

/** `kept` are the explanations beside the models, where there are some; without them contributions are all there is. */
export function explainedEnsemble(ensemble: Ensemble, kept: Explanations | undefined): ExplainedModel | Unexplained {
  const { objective, featureCount, groupCount } = ensemble;
  const task = taskOf(objective);
  if (task === undefined)
    return { why: `the objective ${objective} predicts neither a class nor a value of a row by itself` };
  const scored = (rows: AnyRows) => ('features' in rows ? dense(rows) : rows);
  return {
    explanations: kept ?? {
      format: 'linnet-explanations',
      version: 1,
      task,
      featureCount,
      columns: null,
      means: null,
      ranges: null,
      calibration: null,
      conformal: null,
    },
    unit: task === 'regression' ? 'score' : 'log-odds',
    partsAgainst(baseline) {
      const given = baseline && dense(baseline);
      return (rows) => {
        const { rowCount, width, values } = explainEnsemble(ensemble, scored(rows), given);
        return Array.from({ length: rowCount }, (_, row) => {
          const own = values.subarray(row * width, (row + 1) * width);
          const byFeature = new Float64Array(featureCount * groupCount);
          for (let k = 0; k < groupCount; k++)
            for (let j = 0; j < featureCount; j++) byFeature[j * groupCount + k] = own[k * (featureCount + 1) + j]!;
          return {
            baselines: Float64Array.from({ length: groupCount }, (_, k) => own[k * (featureCount + 1) + featureCount]!),
            values: byFeature,
          };
        });
      };
    },
    predictionsOf: (rows) => scoreEnsemble(ensemble, scored(rows)).values,
    readRows: (body) => decodeAll(csvDecoder({ labelCount: 0, missing: 'nan', anySeparator: true }), body),
  };
}
