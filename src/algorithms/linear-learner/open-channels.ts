/** The channels of a training job, open for reading. */
import { DataError } from '../../base/index.ts';
import { type ContainerPaths, PassedOver } from '../../contract/index.ts';
import type { RowSource } from '../../formats/index.ts';
import type { LinearLearnerSettings } from '../../learners/index.ts';
import { checkChannelNames, modelChannel } from '../channels/channel-config.ts';
import type { ChannelSource } from '../channels/channel-rows.ts';
import { readChannels } from '../program/job-input.ts';
import { labelledChannels } from '../program/labelled-channels.ts';
import type { Log } from '../program/output/log.ts';
import { type EarlierModel, readEarlierModel } from './earlier-model.ts';
import type { GatheredChannels } from './gather-channels.ts';
import { labelCheck } from './labels.ts';

/** Decoded rows kept in memory, all channels together. */
const cacheBytesMax = 256 * 1024 ** 2;

export interface Channels {
  train: RowSource;
  validation: RowSource | undefined;
  test: RowSource | undefined;
  earlier: EarlierModel | undefined;
}

/** Opens them. Throws DataError for channels that cannot be trained on, StoppedBeforeRows where the signal comes first. */
export async function openChannels(
  paths: ContainerPaths,
  settings: LinearLearnerSettings,
  log: Log,
  signal: AbortSignal,
  gathered: GatheredChannels,
): Promise<Channels> {
  const config = readChannels(paths);
  checkChannelNames(config, { required: ['train'], optional: ['validation', 'test', modelChannel] });
  const model = config[modelChannel];
  const passedOver = new PassedOver();
  const earlier = model && (await readEarlierModel(model, paths.channel(modelChannel), passedOver));
  const checkLabels = labelCheck(settings);
  const width = widthCheck(settings);
  const { featureDim, featureHashBits: bits } = settings;
  const hashed = bits !== 'none';
  const openLabelled = labelledChannels({
    paths,
    config,
    passedOver,
    gathered,
    log,
    ofClasses: settings.predictorType !== 'regressor',
    cache: { remainingBytes: cacheBytesMax },
    signal,
    ...(hashed && { hashBits: bits }),
    checkWidth: ({ featureCount, file }) => width(featureCount, file.name),
    checkLabels: (labels, firstRow, file) => checkLabels(labels, firstRow, file.name),
  });
  const open = (name: string, train?: ChannelSource): Promise<ChannelSource | undefined> => {
    // With hashed columns, the other channels may have any number of them, as `train` may.
    const featureCount = (hashed ? undefined : train?.featureCount) ?? (featureDim === 'auto' ? undefined : featureDim);
    return openLabelled(name, {
      ...(featureCount !== undefined && { featureCount }),
      ...(train?.indexBase !== undefined && { indexBase: train.indexBase }),
    });
  };
  const train = await open('train');
  if (train === undefined) throw new DataError('Channel "train" is missing: it is required');
  const channels = { train, validation: await open('validation', train), test: await open('test', train), earlier };
  for (const line of passedOver.lines('files')) log.line(line);
  return channels;
}

/** Every file must be as wide as feature_dim says, or else, unless columns are hashed, as the first file. */
function widthCheck({
  featureDim,
  featureHashBits,
}: LinearLearnerSettings): (featureCount: number, file: string) => void {
  if (featureDim === 'auto' && featureHashBits !== 'none') return () => {};
  let expected = featureDim === 'auto' ? undefined : { count: featureDim, because: `feature_dim is ${featureDim}` };
  return (featureCount, file) => {
    expected ??= { count: featureCount, because: `"${file}" has ${featureCount}` };
    if (featureCount === expected.count) return;
    throw new DataError(
      `Row 1 of "${file}" has ${featureCount} ${featureCount === 1 ? 'feature' : 'features'} beside its label, but ${expected.because}`,
      { source: file, row: 1 },
    );
  };
}
