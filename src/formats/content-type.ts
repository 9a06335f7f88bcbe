/** Content types of rows. Parameters follow RFC 9110, section 5.6.6. */
import { DataError } from '../base/index.ts';

export const contentTypes = {
  csv: 'text/csv',
  json: 'application/json',
  jsonLines: 'application/jsonlines',
  recordIo: 'application/x-recordio-protobuf',
  libsvm: 'text/libsvm',
  libsvmX: 'text/x-libsvm',
  parquet: 'application/x-parquet',
} as const;

export interface ContentType {
  /** `type/subtype` in lower case. */
  type: string;
  parameters: ReadonlyMap<string, string>;
}

const lengthMax = 1024;

/** Takes a header apart; never fails, since the caller refuses types it does not know. */
export function parseContentType(text: string): ContentType {
  const [type = '', ...rest] = text.slice(0, lengthMax).split(';');
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const [name = '', ...value] = part.split('=');
    if (name.trim() !== '')
      parameters.set(
        name.trim().toLowerCase(),
        value
          .join('=')
          .trim()
          .replace(/^"(.*)"$/, '$1'),
      );
  }
  return { type: type.trim().toLowerCase(), parameters };
}

/** The parameter `label_size` of text/csv: leading columns that are labels. Throws DataError unless 0 or 1. */
export function labelSize({ parameters }: ContentType, otherwise: 0 | 1): 0 | 1 {
  const text = parameters.get('label_size');
  if (text === undefined) return otherwise;
  if (text === '0') return 0;
  if (text === '1') return 1;
  throw new DataError(`label_size=${text} of text/csv is not supported; it must be 0 or 1`);
}

/**
 * The parameter `index_base` of text/libsvm: the index of the first feature; undefined where it is not given. Throws
 * DataError unless 0 or 1.
 */
export function indexBase({ parameters }: ContentType): 0 | 1 | undefined {
  const text = parameters.get('index_base');
  if (text === undefined) return undefined;
  if (text === '0') return 0;
  if (text === '1') return 1;
  throw new DataError(`index_base=${text} of text/libsvm is not supported; it must be 0 or 1`);
}
