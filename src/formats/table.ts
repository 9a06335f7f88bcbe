/** Rows decoded to numbers. Row-major float32; labels have `rowCount` entries, or none for unlabelled requests. */
export interface RowBlock {
  rowCount: number;
  featureCount: number;
  /** rowCount * featureCount values. */
  features: Float32Array;
  /** rowCount values; empty when the rows carry no label. */
  labels: Float32Array;
}

/**
 * Rows that can be read again and again, in the same order, a block at a time, so that data larger than
 * memory can pass through. Blocks may have any number of rows; a consumer must not keep a block after
 * asking for the next one (its memory may be reused).
 */
export interface RowSource {
  /** Channel name, for messages. */
  readonly name: string;
  readonly featureCount: number;
  /** One pass over the rows. Rejects with DataError naming file, row and column. */
  blocks(): AsyncIterable<RowBlock>;
}
