import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { encodeRows } from '../../formats/index.ts';
import type { RowPreparer } from '../../tables/index.ts';
import type { LabelledRow } from './labelled-rows.ts';

const valuesAtOnce = 1 << 18;

/** Writes prepared rows as RecordIO, as many at a time as fit a small memory. */
export class ChannelWriter {
  rowCount = 0;
  readonly #stream: ReturnType<typeof createWriteStream>;
  readonly #preparer: RowPreparer;
  readonly #features: Float64Array;
  readonly #labels: Float64Array;
  readonly #kind: 'float32' | 'float64';
  #held = 0;

  constructor(path: string, preparer: RowPreparer, kind: 'float32' | 'float64') {
    const rows = Math.max(1, Math.floor(valuesAtOnce / preparer.featureCount));
    this.#stream = createWriteStream(path);
    this.#preparer = preparer;
    this.#features = new Float64Array(rows * preparer.featureCount);
    this.#labels = new Float64Array(rows);
    this.#kind = kind;
  }

  async add({ cells, label }: Pick<LabelledRow, 'cells' | 'label'>): Promise<void> {
    this.#preparer.features(cells, this.#features, this.#held * this.#preparer.featureCount);
    this.#labels[this.#held] = label;
    this.#held += 1;
    this.rowCount += 1;
    if (this.#held === this.#labels.length) await this.#flush();
  }

  async end(): Promise<void> {
    await this.#flush();
    this.#stream.end();
    await finished(this.#stream);
  }

  async #flush(): Promise<void> {
    if (this.#held === 0) return;
    const { featureCount } = this.#preparer;
    const block = {
      rowCount: this.#held,
      featureCount,
      features: this.#features.subarray(0, this.#held * featureCount),
      labels: this.#labels.subarray(0, this.#held),
    };
    this.#held = 0;
    if (!this.#stream.write(encodeRows(block, this.#kind))) await once(this.#stream, 'drain');
  }
}
