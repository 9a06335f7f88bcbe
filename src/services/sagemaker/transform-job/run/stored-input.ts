import { Conflict, DataError, Unavailable } from '../../../../base/index.ts';
import type { Context } from '../../context.ts';
import { unpackGzip } from '../../files/unpack-gzip.ts';
import type { S3Location } from '../../s3-uri.ts';
import type { BatchInput } from './batch.ts';
import type { DataLog } from './data-log.ts';
import { type FoundInput, nameOf } from './inputs.ts';

interface StoredInputOptions {
  gzip: boolean;
  /** Of the outputs. */
  contentType: string;
  log: DataLog;
}

/** A long object is mentioned in the log this often. */
const progressMs = 10_000;

/** An object of the store and its output there. */
export function storedInput(
  context: Context,
  { place, sizeBytes, output }: FoundInput,
  { gzip, contentType, log }: StoredInputOptions,
): BatchInput {
  const name = nameOf(place);
  const put = (target: S3Location, bytes: AsyncIterable<Uint8Array>, type: string): Promise<unknown> =>
    context.objects.put(target, bytes, { attributes: { contentType: type } }).catch((cause: unknown) => {
      if (cause instanceof Conflict)
        throw new DataError(
          `The bucket "${target.bucket}" of S3OutputPath does not exist any more; create it and run the job again`,
        );
      if ((cause as NodeJS.ErrnoException).code === 'ENOSPC')
        throw new Unavailable('The disk of the server is full', { cause, retry: false });
      throw cause;
    });
  return {
    name,
    async *bytes() {
      const found = await context.objects.get(place.bucket, place.key);
      if (found === undefined) throw new DataError('the object was removed before the job read it');
      const names = { what: 'the object', broken: 'CompressionType is Gzip, but the object' };
      let sentBytes = 0;
      let saidMs = context.nowMs();
      try {
        for await (const chunk of gzip ? unpackGzip(found.body, names) : found.body.passingBlocks()) {
          yield chunk;
          sentBytes += chunk.length;
          if (context.nowMs() - saidMs < progressMs) continue;
          saidMs = context.nowMs();
          log.sayOf(name, [
            `${megabytes(sentBytes)} MB ${gzip ? 'unpacked' : `of ${megabytes(sizeBytes)} MB`} are read`,
          ]);
        }
      } finally {
        found.body.destroy();
      }
    },
    async store(answers) {
      await put(output, answers, contentType);
    },
    async storeErrors(errors) {
      await put({ ...output, key: `${output.key}.errors` }, errors.bytes(), 'application/jsonlines');
    },
  };
}

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
