import type { CreateTransformJobCommandInput } from '@aws-sdk/client-sagemaker';
import type { Context } from '../../context.ts';
import { joinS3, parseS3Uri, type S3Location } from '../../s3-uri.ts';
import type { FoundInput } from './inputs.ts';

/** Stores the manifests of the objects that were transformed and of their outputs, as Amazon lays them out. */
export async function storeCapture(
  { objects, newId }: Context,
  { DataCaptureConfig }: CreateTransformJobCommandInput,
  transformed: readonly FoundInput[],
  startedMs: number,
): Promise<void> {
  if (DataCaptureConfig === undefined || transformed.length === 0) return;
  const hour = new Date(startedMs).toISOString().slice(0, 13).replace(/[-T]/g, '/');
  const name = `${hour}/${newId()}.json`;
  const manifests = {
    input: manifestOf(transformed.map(({ place, below }) => ({ place, below }))),
    output: manifestOf(transformed.map(({ output, below }) => ({ place: output, below: `${below}.out` }))),
  };
  for (const [folder, manifest] of Object.entries(manifests)) {
    const uri = joinS3(joinS3(DataCaptureConfig.DestinationS3Uri ?? '', folder), name);
    const bytes = Buffer.from(JSON.stringify(manifest));
    await objects.put(parseS3Uri(uri, 'DestinationS3Uri'), bytes, { attributes: { contentType: 'application/json' } });
  }
}

/** `[{"prefix": "s3://bucket/folder/"}, "a", "b"]`; whole addresses where the objects have no prefix in common. */
function manifestOf(found: readonly { place: S3Location; below: string }[]): unknown[] {
  const prefixes = new Set(
    found.map(({ place: { bucket, key }, below }) => `s3://${bucket}/${key.slice(0, -below.length)}`),
  );
  const [prefix] = prefixes;
  return prefixes.size === 1
    ? [{ prefix }, ...found.map(({ below }) => below)]
    : found.map(({ place: { bucket, key } }) => `s3://${bucket}/${key}`);
}
