import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy } from '@fastify/busboy';
import { ServiceError } from '../../base/index.ts';

/** A form that uploads a file, up to the file. */
export interface PostForm {
  /** By lower-case names; a name that comes twice has its last value. */
  fields: ReadonlyMap<string, string>;
  fileName: string;
  /** The file's bytes, in pieces with memory of their own; fails when the form breaks off or is no form. */
  file: AsyncIterable<Buffer>;
}

/** S3's limit on what comes before the file. */
const fieldBytesMax = 20 * 1024;
const fieldsMax = 100;

/** Reads a form until its file begins; what comes behind the file is ignored, as S3 does. Throws MalformedPOSTRequest and its like (400). */
export function readForm(contentType: string, body: AsyncIterable<Buffer>): Promise<PostForm> {
  return new Promise((resolve, reject) => {
    const fields = new Map<string, string>();
    let fieldBytes = 0;
    const parser = openParser(contentType);
    parser.on('field', (name, value, nameTruncated, valueTruncated) => {
      fieldBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
      if (nameTruncated || valueTruncated || fieldBytes > fieldBytesMax) parser.destroy(tooLong());
      else fields.set(name.toLowerCase(), value);
    });
    parser.on('fieldsLimit', () => parser.destroy(tooLong()));
    const parsed = pipeline(Readable.from(body), parser);
    parser.on('file', (_, stream, fileName) => {
      // A failure is thrown by `parsed`, once the file ends.
      stream.on('error', () => undefined);
      parsed.catch(() => stream.destroy());
      resolve({ fields, fileName: fileName ?? '', file: fileOf(stream, parsed) });
    });
    // No file came, or the form broke off before it; after the file nobody hears this.
    parsed.then(
      () => reject(withoutFile()),
      (cause: unknown) => reject(asRefusal(cause)),
    );
  });
}

function openParser(contentType: string): InstanceType<typeof Busboy> {
  const limits = { fieldSize: fieldBytesMax, fieldNameSize: 1024, fields: fieldsMax, files: 1, headerPairs: 50 };
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      isPartAFile: (name) => name?.toLowerCase() === 'file',
      preservePath: true,
      limits,
    });
  } catch {
    throw malformed();
  }
}

async function* fileOf(stream: Readable, parsed: Promise<void>): AsyncGenerator<Buffer> {
  try {
    // The parser's pieces share the memory that the form came in.
    for await (const piece of stream) yield Buffer.from(piece as Buffer);
  } catch {
    // Told below.
  }
  await parsed.catch((cause: unknown) => {
    throw asRefusal(cause);
  });
}

const asRefusal = (cause: unknown): unknown => (cause instanceof ServiceError ? cause : malformed());

const malformed = (): ServiceError =>
  new ServiceError('MalformedPOSTRequest', 'The body of your POST request is not well-formed multipart/form-data.', {
    status: 400,
  });

const tooLong = (): ServiceError =>
  new ServiceError(
    'MaxPostPreDataLengthExceeded',
    `Your POST request fields preceding the upload file were too large: at most ${fieldsMax} fields and ${fieldBytesMax} bytes are allowed`,
    { status: 400 },
  );

const withoutFile = (): ServiceError =>
  new ServiceError('InvalidArgument', 'POST requires exactly one file upload per request.', {
    status: 400,
    details: { ArgumentName: 'file', ArgumentValue: '0' },
  });
