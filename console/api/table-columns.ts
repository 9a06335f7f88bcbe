import { call } from './call.ts';
import { getText, parseS3Uri } from './s3.ts';

/** What the console keeps of a table that it trained on, beside the data: enough for a form that asks the model. */
export interface TableColumns {
  label: string;
  /** What the classes 0, 1, ... are called. */
  classes?: readonly string[];
  features: readonly { name: string; min: number; median: number; max: number }[];
}

const tagName = 'linnet:columns';

/** The tag of a job, model or endpoint that says where its columns are described. */
export const columnsTag = (uri: string): { Key: string; Value: string } => ({ Key: tagName, Value: uri });

/** The columns that the tag of a resource leads to; undefined without one. */
export async function readColumns(arn: string): Promise<TableColumns | undefined> {
  const { Tags } = await call<{ Tags: { Key: string; Value: string }[] }>('sagemaker', 'ListTags', {
    ResourceArn: arn,
  });
  const place = parseS3Uri(Tags.find(({ Key }) => Key === tagName)?.Value);
  if (place === undefined) return undefined;
  // Objects can be deleted while the tag stays.
  const text = await getText(place.bucket, place.key).catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as TableColumns);
}
