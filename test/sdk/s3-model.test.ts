// Random requests of the published SDK for JavaScript against a map of keys.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { bytesOf, refused as refusedBy, s3Server } from './s3-server.ts';

const server = s3Server();
let client: S3Client | undefined;
const s3 = (): S3Client => (client ??= server.client());
const put = (Bucket: string, Key: string, Body: NonNullable<PutObjectCommandInput['Body']>, more: object = {}) =>
  s3().send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Bucket: string, Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  s3().send(new GetObjectCommand({ Bucket, Key, ...more }));
const read = async (Bucket: string, Key: string, more: Partial<GetObjectCommandInput> = {}): Promise<Buffer> =>
  bytesOf(await get(Bucket, Key, more));
const text = async (Bucket: string, Key: string): Promise<string> => (await read(Bucket, Key)).toString();
const refused = (sent: Promise<unknown>, code: string, status: number, text?: RegExp) =>
  refusedBy(sent, code, { status, ...(text === undefined ? {} : { text }) });

test('whatever clients do, S3 answers like a map of keys', async () => {
  const key = fc.constantFrom('a', 'a/b', 'ü', 'c');
  const body = fc.string({ maxLength: 6 });
  const step = fc.oneof(
    fc.record({ put: key, body, onlyNew: fc.boolean() }),
    fc.record({ copy: key, to: key }),
    fc.record({ remove: fc.array(key, { minLength: 1, maxLength: 2 }) }),
    fc.record({ parts: key, body }),
    fc.record({ read: key }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 10 }), async (steps) => {
      const Bucket = await server.bucket();
      const model = new Map<string, string>();
      for (const step of steps) {
        if ('put' in step) {
          const request = put(Bucket, step.put, step.body, step.onlyNew ? { IfNoneMatch: '*' } : {});
          if (step.onlyNew && model.has(step.put)) await refused(request, 'PreconditionFailed', 412);
          else {
            await request;
            model.set(step.put, step.body);
          }
        } else if ('copy' in step) {
          const CopySource = `${Bucket}/${encodeURIComponent(step.copy)}`;
          const request = s3().send(
            new CopyObjectCommand({ Bucket, Key: step.to, CopySource, MetadataDirective: 'REPLACE' }),
          );
          const source = model.get(step.copy);
          if (source === undefined) await refused(request, 'NoSuchKey', 404);
          else {
            await request;
            model.set(step.to, source);
          }
        } else if ('remove' in step) {
          await s3().send(
            new DeleteObjectsCommand({ Bucket, Delete: { Objects: step.remove.map((Key) => ({ Key })) } }),
          );
          for (const each of step.remove) model.delete(each);
        } else if ('parts' in step) {
          const Key = step.parts;
          const { UploadId } = await s3().send(new CreateMultipartUploadCommand({ Bucket, Key }));
          const { ETag } = await s3().send(
            new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 3, Body: step.body }),
          );
          const MultipartUpload = { Parts: [{ PartNumber: 3, ETag }] };
          await s3().send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
          model.set(Key, step.body);
        } else if (model.has(step.read)) assert.equal(await text(Bucket, step.read), model.get(step.read));
        else await refused(get(Bucket, step.read), 'NoSuchKey', 404);
      }
      const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket }));
      assert.deepEqual(Contents.map(({ Key }) => Key).sort(), [...model.keys()].sort());
      for (const [each, content] of model) assert.equal(await text(Bucket, each), content);
    }),
    { numRuns: 25 },
  );
});

test('two who write one key at once leave one of the two bodies', async () => {
  const Bucket = await server.bucket();
  const bodies = Array.from({ length: 8 }, (_, at) => String(at).repeat(50_000));
  await Promise.all(bodies.map((body) => put(Bucket, 'k', body)));
  assert.ok(bodies.includes(await text(Bucket, 'k')));
});
