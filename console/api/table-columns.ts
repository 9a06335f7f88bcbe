import type { Preparation } from '../../src/tables/index.ts';
import { call } from './call.ts';
import { getText, parseS3Uri } from './s3.ts';

/** A column as a form asks for it. */
export type FormColumn =
  | { name: string; kind: 'number'; min: number; median: number; max: number }
  | { name: string; kind: 'choice'; levels: readonly string[]; typical: string }
  | { name: string; kind: 'text'; typical: string };

/** What the console keeps of a table that it trained on, beside the data: enough for a form that asks the model. */
export interface TableColumns {
  label: string;
  /** What the classes 0, 1, ... are called. */
  classes?: readonly string[];
  columns: readonly FormColumn[];
  /** How a row becomes the model's features; the columns are the features where it is left out. */
  preparation?: Preparation;
}

const tagName = 'linnet:columns';

/** The tag of a job, model or endpoint that says where its columns are described. */
export const columnsTag = (uri: string): { Key: string; Value: string } => ({ Key: tagName, Value: uri });

type Tags = readonly { Key: string; Value: string }[];

/** The tag of a resource, to be given to what is made of it; none where it has none. */
export async function columnsTagsOf(arn: string): Promise<Tags> {
  const { Tags } = await call<{ Tags: Tags }>('sagemaker', 'ListTags', { ResourceArn: arn });
  return Tags.filter(({ Key }) => Key === tagName);
}

/** The columns that the tag of a resource leads to; undefined without one. */
export async function readColumns(arn: string): Promise<TableColumns | undefined> {
  const [tag] = await columnsTagsOf(arn);
  const place = parseS3Uri(tag?.Value);
  if (place === undefined) return undefined;
  // Objects can be deleted while the tag stays.
  const text = await getText(place.bucket, place.key).catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as TableColumns);
}
