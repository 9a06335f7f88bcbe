/** Looks at a job's rows while they are read, and logs what was read and what is suspicious. */
import type { RowBlock, SparseBlock } from '../../formats/index.ts';
import type { ChannelSource } from '../channels/channel-rows.ts';
import type { Log } from '../program/output/log.ts';
import { ChannelInspector, type InspectorOptions } from './channel-inspector.ts';
import { channelWarnings, counted, labelWarnings, sharedWarnings } from './warnings.ts';

/** Stored bytes of a channel that is read ahead of training, so that the log begins with its rows. */
const readAheadBytesMax = 4 * 1024 ** 2;

export interface Inspected {
  source: ChannelSource;
  options: InspectorOptions;
  /** `2 files of 1,234 bytes`. */
  input: string;
}

/** Why the labels of some rows may be wrong, as a sentence for the message that refuses one. */
export function explainLabels(rows: RowBlock | SparseBlock, options: InspectorOptions): string | undefined {
  const inspector = new ChannelInspector(options);
  inspector.add(rows, undefined);
  const [first] = labelWarnings(inspector);
  return first && `${first[0]?.toUpperCase()}${first.slice(1)}`;
}

export class Inspections {
  readonly #log: Log;
  /** The inspectors of channels whose rows were all seen. */
  readonly #seen = new Map<string, ChannelInspector>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** The same source. All rows of small files are read at once; else the first whole pass of training is inspected. */
  async inspect({ source, options, input }: Inspected): Promise<ChannelSource> {
    const watched = this.#watched(source, options, input);
    const { totalBytes = Number.POSITIVE_INFINITY } = source.progress?.() ?? {};
    if (totalBytes <= readAheadBytesMax) for await (const _ of watched.sparseBlocks?.() ?? watched.blocks());
    else this.#log.line(`Channel "${source.name}": ${input}; rows are counted in the first pass over them`);
    return watched;
  }

  #watched(source: ChannelSource, options: InspectorOptions, input: string): ChannelSource {
    const { sparseBlocks } = source;
    const watch = <Block extends RowBlock | SparseBlock>(blocks: () => AsyncIterable<Block>) =>
      this.#seen.has(source.name) ? blocks() : this.#watch(source, options, input, blocks());
    return sparseBlocks === undefined
      ? { ...source, blocks: () => watch(() => source.blocks()) }
      : { ...source, sparseBlocks: () => watch(() => sparseBlocks()) };
  }

  async *#watch<Block extends RowBlock | SparseBlock>(
    source: ChannelSource,
    options: InspectorOptions,
    input: string,
    blocks: AsyncIterable<Block>,
  ): AsyncGenerator<Block> {
    const inspector = new ChannelInspector(options);
    for await (const block of blocks) {
      inspector.add(block, source.fileAt(inspector.rows.rowCount));
      yield block;
    }
    // A pass that was left early does not come here, and the next one is inspected.
    if (this.#seen.has(source.name)) return;
    this.#seen.set(source.name, inspector);
    this.#say(source, input, inspector);
  }

  #say(source: ChannelSource, input: string, inspector: ChannelInspector): void {
    const { name, featureCount } = source;
    this.#log.line(
      `Channel "${name}": ${input}, ${counted(inspector.rows.rowCount, 'row')} of ${counted(featureCount, 'feature')}`,
    );
    const warn = (text: string): void => this.#log.line(text, 'WARNING');
    for (const text of channelWarnings(name, inspector)) warn(text);
    const train = this.#seen.get('train');
    if (train === undefined) return;
    for (const [other, held] of this.#seen)
      if (other !== 'train' && (other === name || name === 'train'))
        for (const text of sharedWarnings(other, held, train)) warn(text);
  }
}
