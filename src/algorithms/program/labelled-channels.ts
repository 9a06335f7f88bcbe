/** The channels of labelled rows of a training job, whatever it trains. */
import type { ContainerPaths, InputDataConfig, PassedOver } from '../../contract/index.ts';
import { rowFormat } from '../channels/channel-config.ts';
import { type ChannelFile, listChannelFiles } from '../channels/channel-files.ts';
import { type ChannelOptions, type ChannelSource, openChannel } from '../channels/channel-rows.ts';
import { explainLabels, Inspections } from '../inspection/inspections.ts';
import { counted, wholeText } from '../inspection/warnings.ts';
import type { Log } from './output/log.ts';

export interface LabelledChannelsOptions
  extends Pick<ChannelOptions, 'cache' | 'signal' | 'hashBits' | 'checkWidth' | 'checkLabels'> {
  paths: ContainerPaths;
  config: InputDataConfig;
  /** Collects the names that hold no data in any channel. */
  passedOver: PassedOver;
  /** Files of channels that were brought together from several hosts, in place of those in their folders. */
  gathered: ReadonlyMap<string, readonly ChannelFile[]>;
  log: Log;
  /** Whether labels are classes rather than numbers. */
  ofClasses: boolean;
}

/** Opens a channel of the expected width and index base; undefined for one that the job does not have. */
export type OpenLabelled = (name: string, expected?: ChannelOptions['expected']) => Promise<ChannelSource | undefined>;

/** An opener of a job's channels, which inspects their rows while they are read and logs what it finds. */
export function labelledChannels(options: LabelledChannelsOptions): OpenLabelled {
  const { paths, config, passedOver, gathered, log, ofClasses, ...reading } = options;
  const inspections = new Inspections(log);
  return async (name, expected = {}) => {
    const channel: InputDataConfig[string] | undefined = config[name];
    if (channel === undefined) return undefined;
    const path = paths.channel(name);
    const format = rowFormat(name, channel);
    const own = channel.TrainingInputMode === 'Pipe' ? undefined : await listChannelFiles(name, path, passedOver);
    const files = own && (gathered.get(name) ?? own);
    const inspected = { isTable: format.kind === 'csv', ofClasses };
    const source = await openChannel({
      ...reading,
      name,
      input: files === undefined ? { kind: 'pipe', path } : { kind: 'files', files, passedOver: passedOver.of(name) },
      format,
      expected,
      explainLabels: (rows) => explainLabels(rows, inspected),
    });
    const input = files === undefined ? 'a pipe' : sizeOf(files);
    return inspections.inspect({ source, options: inspected, input });
  };
}

const sizeOf = (files: readonly ChannelFile[]): string =>
  `${counted(files.length, 'file')} of ${wholeText(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))} bytes`;
