import { DataError } from '../../base/index.ts';
import type { InputDataConfig } from '../../contract/index.ts';
import { contentTypes, indexBase, labelSize, parseContentType } from '../../formats/index.ts';
import type { RowFormat } from './decode.ts';

/** The channel of an earlier artifact, from which training continues. */
export const modelChannel = 'model';

/** The content type that SageMaker's built-in algorithms require for it. */
export const modelContentType = 'application/x-sagemaker-model';

/** Throws DataError unless the job has the `required` channels and no others than those and the `optional` ones. */
export function checkChannelNames(
  channels: InputDataConfig,
  { required, optional }: { required: readonly string[]; optional: readonly string[] },
): void {
  const known = [...required, ...optional];
  for (const name of required) {
    if (channels[name] === undefined) throw new DataError(`Channel "${name}" is missing: it is required`);
  }
  for (const name of Object.keys(channels)) {
    if (!known.includes(name)) throw new DataError(`Channel "${name}" is not one of ${known.join(', ')}`);
  }
}

/** How the rows of a labelled channel are written. Throws DataError for a format without a reader. */
export function rowFormat(name: string, config: InputDataConfig[string]): RowFormat {
  // Amazon's own writer sends no content type with its records.
  const text = config.ContentType || contentTypes.recordIo;
  const contentType = parseContentType(text);
  switch (contentType.type) {
    case contentTypes.recordIo:
      return { kind: 'recordIo' };
    case contentTypes.csv:
      if (labelSize(contentType, 1) === 1) return { kind: 'csv' };
      throw new DataError(
        `Channel "${name}" has ContentType "${text}": training needs a label, so it must say label_size=1`,
      );
    case contentTypes.libsvm:
    case contentTypes.libsvmX:
      return { kind: 'libsvm', indexBase: indexBase(contentType) };
    case contentTypes.jsonLines:
      return { kind: 'jsonLines' };
    case contentTypes.parquet:
      if (config.TrainingInputMode !== 'Pipe') return { kind: 'parquet' };
      throw new DataError(
        `Channel "${name}" has TrainingInputMode Pipe, but Parquet is read from files; use File or FastFile`,
      );
    default:
      throw new DataError(
        `No iterator has been registered for ContentType "${text}" of channel "${name}". Use ` +
          `${contentTypes.csv}, ${contentTypes.recordIo}, ${contentTypes.libsvm}, ${contentTypes.jsonLines} or ` +
          `${contentTypes.parquet}`,
      );
  }
}
