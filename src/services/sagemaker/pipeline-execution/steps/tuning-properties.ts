import type { RecordOf } from '../../../../store/index.ts';
import type { Context } from '../../context.ts';
import type { Place } from '../../resource.ts';
import { tuningJobDescription } from '../../tuning-job/describe.ts';
import { listTrainingJobsForHyperParameterTuningJob } from '../../tuning-job/list-training-jobs.ts';
import type { TuningJobBody } from '../../tuning-job/record.ts';

/** Amazon keeps the best 50, so that `TrainingJobSummaries[49]` is the last that a step may name. */
const summariesMax = 50;

/** What describes a tuning job, with its trials from the best on. */
export async function tuningProperties(
  context: Context,
  place: Place,
  record: RecordOf<TuningJobBody>,
): Promise<object> {
  const description = tuningJobDescription(context, place, record);
  const better = description.BestTrainingJob?.FinalHyperParameterTuningJobObjectiveMetric?.Type;
  const { TrainingJobSummaries } = await listTrainingJobsForHyperParameterTuningJob(context, {
    ...place,
    input: {
      HyperParameterTuningJobName: record.body.name,
      SortBy: 'FinalObjectiveMetricValue',
      SortOrder: better === 'Maximize' ? 'Descending' : 'Ascending',
      MaxResults: summariesMax,
    },
  });
  return { ...description, TrainingJobSummaries };
}
