import { Conflict } from '../../base/index.ts';

/**
 * Keeps a bucket from being removed while something is put into it, and the other way round. Both sides fail at
 * once instead of waiting. One process owns a folder of objects, so that memory is enough for this.
 */
export interface BucketDoors {
  /** Runs a write into a bucket. Rejects with Conflict while the bucket is being removed. */
  within<Value>(bucket: string, write: () => Promise<Value>): Promise<Value>;
  /** Removes a bucket. Rejects with Conflict while something is written into it. */
  alone<Value>(bucket: string, removal: () => Promise<Value>): Promise<Value>;
}

export function bucketDoors(): BucketDoors {
  const writers = new Map<string, number>();
  const closed = new Set<string>();
  return {
    async within(bucket, write) {
      if (closed.has(bucket)) throw new Conflict(`Bucket ${bucket} is being removed`);
      writers.set(bucket, (writers.get(bucket) ?? 0) + 1);
      try {
        return await write();
      } finally {
        const left = (writers.get(bucket) ?? 1) - 1;
        if (left === 0) writers.delete(bucket);
        else writers.set(bucket, left);
      }
    },
    async alone(bucket, removal) {
      if (writers.has(bucket) || closed.has(bucket)) throw new Conflict(`Bucket ${bucket} is in use`);
      closed.add(bucket);
      try {
        return await removal();
      } finally {
        closed.delete(bucket);
      }
    },
  };
}
