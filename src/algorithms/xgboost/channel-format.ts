import { DataError } from '../../base/index.ts';
import type { InputDataConfig } from '../../contract/index.ts';
import { labelSize, parseContentType } from '../../formats/index.ts';
import { checkChannelNames, modelChannel, modelContentType } from '../channels/channel-config.ts';

export type ChannelKind = 'csv' | 'libsvm' | 'parquet' | 'recordIo';

const kinds: Readonly<Record<string, ChannelKind>> = {
  csv: 'csv',
  'text/csv': 'csv',
  libsvm: 'libsvm',
  'text/libsvm': 'libsvm',
  'text/x-libsvm': 'libsvm',
  parquet: 'parquet',
  'application/x-parquet': 'parquet',
  'recordio-protobuf': 'recordIo',
  'application/x-recordio-protobuf': 'recordIo',
};

/** The channels of rows, in the order in which they are read. */
export const rowChannels = ['train', 'validation'] as const;

/** How the rows of a channel are written; libsvm where it does not say. Throws DataError for what is not offered. */
export function channelKind(
  name: string,
  { ContentType: text, TrainingInputMode }: InputDataConfig[string],
): ChannelKind {
  if (text === undefined || text.trim() === '') return 'libsvm';
  const contentType = parseContentType(text);
  const kind = kinds[contentType.type];
  const given = `Channel "${name}" has ContentType "${text}"`;
  if (kind === undefined) throw new DataError(`${given}: it must be one of ${Object.keys(kinds).join(', ')}`);
  if (kind === 'csv' && labelSize(contentType, 1) !== 1)
    throw new DataError(`${given}: the first column is the label, so it must say label_size=1 or nothing`);
  if (kind === 'parquet' && TrainingInputMode === 'Pipe')
    throw new DataError(`${given} and TrainingInputMode Pipe, but Parquet is read from files; use File or FastFile`);
  return kind;
}

/** What is wrong with the channels of a job, as sentences. */
export function channelProblems(config: InputDataConfig): string[] {
  const found = [
    () => checkChannelNames(config, { required: ['train'], optional: ['validation', modelChannel, 'code'] }),
  ];
  for (const name of rowChannels) {
    const channel = config[name];
    if (channel !== undefined) found.push(() => void channelKind(name, channel));
  }
  const model = config[modelChannel]?.ContentType;
  if (model !== undefined && model !== '' && model !== modelContentType)
    found.push(() => {
      throw new DataError(`Channel "${modelChannel}" has ContentType "${model}"; it must be ${modelContentType}`);
    });
  return found.flatMap((look) => {
    try {
      look();
      return [];
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      return [error.message];
    }
  });
}
