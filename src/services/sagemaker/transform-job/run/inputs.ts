import type { CreateTransformJobCommandInput } from '@aws-sdk/client-sagemaker';
import { DataError } from '../../../../base/index.ts';
import { PassedOver } from '../../../../contract/index.ts';
import type { Context } from '../../context.ts';
import { objectsMax, selectedObjects } from '../../jobs/data/input-data.ts';
import { joinS3, parseS3Uri, type S3Location } from '../../s3-uri.ts';

/** An object to transform. */
export interface FoundInput {
  place: S3Location;
  sizeBytes: number;
  /** The key's part after the prefix. */
  below: string;
  output: S3Location;
}

export const nameOf = ({ bucket, key }: S3Location): string => `${bucket}/${key}`;

/**
 * All objects that a job selects, with the places of their outputs. The outputs may lie below the inputs' prefix: what
 * the job itself has written there, in an earlier attempt, is no input. Throws DataError for none, too many, and two
 * with one output.
 */
export async function findInputs(
  { objects }: Context,
  { TransformInput, TransformOutput }: CreateTransformJobCommandInput,
  createdAtMs: number,
): Promise<{ inputs: FoundInput[]; passedOver: string | undefined }> {
  const source = TransformInput?.DataSource?.S3DataSource;
  const passedOver = new PassedOver();
  const inputs: (FoundInput & { modifiedAtMs: number })[] = [];
  const inputOf = new Map<string, string>();
  for await (const { object, below } of selectedObjects(objects, source, (key) => passedOver.add('', key))) {
    if (inputs.length >= objectsMax)
      throw new DataError(
        `${source?.S3Uri} selects more than ${objectsMax} objects; use several jobs, or larger objects`,
      );
    const place = { bucket: object.bucket, key: object.key };
    const output = parseS3Uri(joinS3(TransformOutput?.S3OutputPath ?? '', `${below}.out`), 'S3OutputPath');
    const other = inputOf.get(nameOf(output));
    if (other !== undefined)
      throw new DataError(
        `The outputs of ${other} and ${nameOf(place)} would both be s3://${nameOf(output)}; name objects under one prefix, each once`,
      );
    inputOf.set(nameOf(output), nameOf(place));
    inputs.push({ place, sizeBytes: object.sizeBytes, below, output, modifiedAtMs: object.modifiedAtMs });
  }
  const found = inputs.filter(({ place, modifiedAtMs }) => modifiedAtMs < createdAtMs || !inputOf.has(nameOf(place)));
  if (found.length === 0) {
    const marks = passedOver.of('');
    throw new DataError(`No data under ${source?.S3Uri}${marks === undefined ? '' : `: of its objects ${marks}`}`);
  }
  return { inputs: found, passedOver: passedOver.of('') };
}
