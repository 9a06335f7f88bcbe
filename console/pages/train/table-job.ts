import {
  type Decisions,
  featuresOf,
  type Preparation,
  type Profile,
  preparationOf,
  profileTable,
  rowPreparer,
  type Table,
} from '../../../src/tables/index.ts';
import { call, send } from '../../api/call.ts';
import { csvLine } from '../../api/csv-line.ts';
import { createBucket, objectPath, putText } from '../../api/s3.ts';
import { columnsTag, type FormColumn, type TableColumns } from '../../api/table-columns.ts';
import type { Draft } from './draft.ts';

/** Every fifth row or so is kept out of training, by its number alone: the same rows each time, in whatever order they come. */
export const isHeldOut = (number: number): boolean => (Math.imul(number + 1, 0x9e3779b1) >>> 0) % 5 === 0;

/** What the training rows of a table are like. */
export const profileOfTraining = (table: Table, onRows: (count: number) => void): Promise<Profile> =>
  profileTable(table, { takes: (_, number) => !isHeldOut(number), onRows });

export interface TableJob {
  name: string;
  algorithm: Draft['algorithm'];
  bucket: string;
  role: string;
  image: string;
}

/** Makes features of the rows, stores them with how they were made, and starts the job. */
export async function startTableJob(
  table: Table,
  profile: Profile,
  decisions: Decisions,
  { name, algorithm, bucket, role, image }: TableJob,
): Promise<void> {
  const preparation = preparationOf(decisions);
  const parts = await partsOf(table, preparation);
  await createBucket(bucket);
  const prefix = `console/${name}`;
  const columns: TableColumns = {
    label: preparation.label.column,
    ...(preparation.label.classes.length > 0 && { classes: preparation.label.classes }),
    columns: preparation.columns.map(({ column, as }) => formColumn(profile, column, as)),
    preparation,
  };
  for (const [channel, lines] of Object.entries(parts))
    await send('s3', objectPath(bucket, `${prefix}/${channel}/${channel}.csv`), {
      method: 'PUT',
      body: new Blob(lines),
    });
  await putText(bucket, `${prefix}/columns.json`, JSON.stringify(columns));
  await call('sagemaker', 'CreateTrainingJob', {
    TrainingJobName: name,
    RoleArn: role,
    AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
    InputDataConfig: Object.keys(parts).map((channel) => ({
      ChannelName: channel,
      ContentType: 'text/csv',
      DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/${prefix}/${channel}/` } },
    })),
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/${prefix}/output` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
    HyperParameters: hyperparametersOf(algorithm, preparation.label),
    Tags: [columnsTag(`s3://${bucket}/${prefix}/columns.json`)],
  });
}

/** Lines of numbers, the label first; rows without a label are left out. */
async function partsOf(table: Table, preparation: Preparation): Promise<{ train: string[]; validation: string[] }> {
  const parts = { train: [] as string[], validation: [] as string[] };
  const preparer = rowPreparer(preparation, table.columns);
  const features = new Float64Array(preparer.featureCount);
  for await (const { firstRow, rows } of table.chunks()) {
    for (const [place, row] of rows.entries()) {
      const label = preparer.label(row);
      if (Number.isNaN(label)) continue;
      preparer.features(row, features, 0);
      parts[isHeldOut(firstRow + place) ? 'validation' : 'train'].push(`${label},${csvLine(features)}\n`);
    }
  }
  return parts;
}

export const featureCountOf = (decisions: Decisions): number => featuresOf(preparationOf(decisions)).length;

function hyperparametersOf(
  algorithm: Draft['algorithm'],
  { task, classes }: Preparation['label'],
): Record<string, string> {
  const count = String(classes.length);
  if (algorithm === 'linear-learner')
    return {
      binary: { predictor_type: 'binary_classifier' },
      multiclass: { predictor_type: 'multiclass_classifier', num_classes: count },
      regression: { predictor_type: 'regressor' },
    }[task];
  const rounds = { num_round: '100' };
  return {
    binary: { ...rounds, objective: 'binary:logistic' },
    multiclass: { ...rounds, objective: 'multi:softprob', num_class: count },
    regression: { ...rounds, objective: 'reg:squarederror' },
  }[task];
}

const levelsMax = 100;

/** How a form asks for a column, by what its values are. */
function formColumn(profile: Profile, name: string, as: string): FormColumn {
  const column = profile.columns.find((each) => each.name === name)!;
  const typical = column.levels[0]?.[0] ?? '';
  if (as === 'number' && column.number !== undefined) {
    const { min, max, quantiles } = column.number;
    return { name, kind: 'number', min, median: quantiles[3]!, max };
  }
  if (as === 'category' || as === 'ordinal')
    return { name, kind: 'choice', levels: column.levels.slice(0, levelsMax).map(([value]) => value), typical };
  return { name, kind: 'text', typical };
}
