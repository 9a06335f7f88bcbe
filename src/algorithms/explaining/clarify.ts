/** Explanations in the form in which Amazon's SageMaker Clarify answers at an endpoint. */
import type { ExplainerSettings } from '../../contract/index.ts';
import { columnSums } from '../../learners/index.ts';
import type { ExplainedRow } from './explain-rows.ts';
import type { ExplainedColumns } from './names.ts';

export interface Predicted {
  contentType: string;
  text: string;
}

/** Beside Clarify's members, `linnet` has the same rows in our own form. */
export function clarifyAnswer(
  { contentType, text }: Predicted,
  explained: readonly ExplainedRow[] | undefined,
  columns: ExplainedColumns,
  { featureHeaders, featureTypes }: ExplainerSettings,
): string {
  const explanations =
    explained === undefined
      ? {}
      : {
          kernel_shap: explained.map(({ parts }) => {
            const byOutput = Array.from(parts.baselines, (_, output) => columnSums(parts, output, columns));
            return columns.columns.map(({ name, type }, at) => ({
              feature_header: featureHeaders?.[at] ?? name,
              feature_type: featureTypes?.[at] ?? type,
              attributions: [{ attribution: byOutput.map((sums) => sums[at]!) }],
            }));
          }),
          linnet: explained.map(({ explanation }) => explanation),
        };
  return JSON.stringify({ version: '1.0', predictions: { content_type: contentType, data: text }, explanations });
}
