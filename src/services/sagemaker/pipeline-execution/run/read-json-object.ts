import { DataError } from '../../../../base/index.ts';
import type { Context } from '../../context.ts';
import { invalid } from '../../resource.ts';
import { parseS3Uri } from '../../s3-uri.ts';

const bytesMax = 16 * 1024 * 1024;

/** The value of a JSON file in S3. Throws a ValidationException where there is none, or the role may not read it. */
export async function readJsonObject({ objects }: Pick<Context, 'objects'>, uri: string): Promise<unknown> {
  const { bucket, key } = parseS3Uri(uri, 'the place of a JSON file');
  const found = await read(objects, bucket, key).catch((thrown: unknown) => {
    throw thrown instanceof DataError ? invalid(`${uri} cannot be read: ${thrown.message}`) : thrown;
  });
  if (found === undefined) throw invalid(`There is no object ${uri}, of which the pipeline reads a value`);
  const { sizeBytes } = found.object;
  if (sizeBytes > bytesMax) {
    if (found.bytes === undefined) found.body.destroy();
    throw invalid(
      `${uri} has ${sizeBytes} bytes; a JSON file of which a pipeline reads values has at most ${bytesMax}`,
    );
  }
  const bytes = found.bytes ?? Buffer.concat(await found.body.toArray());
  try {
    return JSON.parse(bytes.toString());
  } catch (cause) {
    throw invalid(`${uri}, of which the pipeline reads a value, is not JSON: ${(cause as Error).message}`);
  }
}

const read = async (objects: Context['objects'], bucket: string, key: string) =>
  (await objects.bucket(bucket)) && (await objects.get(bucket, key));
