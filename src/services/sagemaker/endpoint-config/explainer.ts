/** ExplainerConfig: checked when a configuration is made, and turned into what the programs are given. */
import type { ClarifyExplainerConfig, ExplainerConfig } from '@aws-sdk/client-sagemaker';
import { DataError } from '../../../base/index.ts';
import type { ExplainerSettings } from '../../../contract/index.ts';
import type { Objects } from '../../../store/index.ts';
import { literalOf, notLiteral } from '../../sagemaker-runtime/explanations.ts';
import { parseS3Uri } from '../s3-uri.ts';

/** A program gets it as a variable of its environment. */
const baselineBytesMax = 64 * 1024;
const clarify = 'ExplainerConfig.ClarifyExplainerConfig';
const baselineTypes = ['text/csv', 'application/jsonlines'];

export function* explainerRefusals({ ClarifyExplainerConfig: config }: ExplainerConfig): Generator<string> {
  if (config === undefined) return yield `ExplainerConfig must have ClarifyExplainerConfig`;
  const { EnableExplanations: expression, ShapConfig: shap } = config;
  if (expression !== undefined && literalOf(expression) === 'other')
    yield notLiteral(`${clarify}.EnableExplanations`, expression);
  if (shap?.TextConfig !== undefined)
    yield `${clarify}.ShapConfig.TextConfig is not offered by Linnet: rows are explained by column`;
  const { MimeType, ShapBaseline, ShapBaselineUri } = shap?.ShapBaselineConfig ?? {};
  if (ShapBaseline !== undefined && ShapBaselineUri !== undefined)
    yield `${clarify}.ShapConfig.ShapBaselineConfig has both ShapBaseline and ShapBaselineUri; give one of them`;
  if (MimeType !== undefined && !baselineTypes.includes(MimeType))
    yield `${clarify}.ShapConfig.ShapBaselineConfig.MimeType is "${MimeType}"; Linnet reads ${baselineTypes.join(' and ')}`;
}

/** Rejects with DataError for a baseline that cannot be read. */
export async function explainerSettings(
  { ShapConfig, InferenceConfig }: ClarifyExplainerConfig,
  objects: Pick<Objects, 'get'>,
): Promise<ExplainerSettings> {
  const { MimeType: contentType = 'text/csv', ShapBaseline, ShapBaselineUri } = ShapConfig?.ShapBaselineConfig ?? {};
  const text = ShapBaselineUri === undefined ? ShapBaseline : await readBaseline(ShapBaselineUri, objects);
  return {
    ...(text !== undefined && { baseline: { contentType, text } }),
    ...(InferenceConfig?.FeatureHeaders && { featureHeaders: InferenceConfig.FeatureHeaders }),
    ...(InferenceConfig?.FeatureTypes && { featureTypes: InferenceConfig.FeatureTypes }),
  };
}

async function readBaseline(uri: string, objects: Pick<Objects, 'get'>): Promise<string> {
  const { bucket, key } = parseS3Uri(uri, 'ShapBaselineUri');
  const found = await objects.get(bucket, key);
  if (found === undefined) throw new DataError(`The ShapBaselineUri ${uri} does not exist`);
  const { sizeBytes } = found.object;
  if (sizeBytes > baselineBytesMax) {
    found.body?.destroy();
    throw new DataError(`The ShapBaselineUri ${uri} has ${sizeBytes} bytes, the limit is ${baselineBytesMax}`);
  }
  return Buffer.concat(found.bytes ? [found.bytes] : await found.body!.toArray()).toString();
}
