import { parseImage } from '../images.ts';

/** Amazon's own images for processing that are no frameworks, by repository, and what to do instead. */
const advice: Readonly<Record<string, string>> = {
  'sagemaker-clarify-processing':
    'SageMaker Clarify is not offered by Linnet; explain the model with a script of your own',
  'sagemaker-model-monitor-analyzer':
    'Model monitoring is not offered by Linnet; compare captured data with a script of your own',
  'sagemaker-spark-processing':
    'Spark is not offered by Linnet; process the data with a script on the image of a framework',
  'sagemaker-data-wrangler-container':
    'Data Wrangler is not offered by Linnet; process the data with a script on the image of a framework',
};

/** What to say of an image that is not there; undefined for one that Amazon does not know either. */
export const adviceOn = (uri: string): string | undefined => advice[parseImage(uri).repository];
