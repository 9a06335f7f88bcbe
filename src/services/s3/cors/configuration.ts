import type {
  CORSRule,
  DeleteBucketCorsCommandInput,
  GetBucketCorsCommandInput,
  PutBucketCorsCommandInput,
} from '@aws-sdk/client-s3';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import { invalidRequest, malformedXml, requireBucket, type S3Options } from '../context.ts';
import { keepSetting } from '../settings/kept.ts';
import { corsRulesOf } from './rules.ts';

const rulesMax = 100;
const idLengthMax = 255;
const methods: readonly string[] = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'];

export const getBucketCors =
  (options: S3Options) =>
  async ({ input }: Call<GetBucketCorsCommandInput>) => {
    const CORSRules = corsRulesOf(await requireBucket(options, input, 'own'));
    if (CORSRules.length > 0) return { CORSRules };
    throw new ServiceError('NoSuchCORSConfiguration', 'The CORS configuration does not exist', {
      details: { BucketName: input.Bucket },
    });
  };

/** PutBucketCors: replaces all rules. */
export const putBucketCors =
  (options: S3Options) =>
  async ({ input }: Call<PutBucketCorsCommandInput>) => {
    await requireBucket(options, input, 'write');
    const rules = input.CORSConfiguration?.CORSRules ?? [];
    if (rules.length === 0) throw malformedXml();
    if (rules.length > rulesMax)
      throw invalidRequest(`The number of CORS rules should not exceed allowed limit of ${rulesMax} rules.`);
    for (const rule of rules) requireRule(rule);
    return keepSetting(options, input, 'cors', rules);
  };

export const deleteBucketCors =
  (options: S3Options) =>
  async ({ input }: Call<DeleteBucketCorsCommandInput>) =>
    keepSetting(options, input, 'cors', undefined);

/** Throws InvalidRequest (400). */
function requireRule({
  ID = '',
  AllowedMethods,
  AllowedOrigins,
  AllowedHeaders = [],
  ExposeHeaders = [],
}: CORSRule): void {
  if (ID.length > idLengthMax)
    throw invalidRequest(`The ID of a CORS rule has ${ID.length} characters; at most ${idLengthMax} are allowed`);
  if (!AllowedMethods?.length || !AllowedOrigins?.length) throw malformedXml();
  const unknown = AllowedMethods.find((method) => !methods.includes(method));
  if (unknown !== undefined)
    throw invalidRequest(`Found unsupported HTTP method in CORS config. Unsupported method is ${unknown}`);
  for (const [name, patterns] of [
    ['AllowedOrigin', AllowedOrigins],
    ['AllowedHeader', AllowedHeaders],
  ] as const) {
    const twice = patterns.find((pattern) => pattern.split('*').length > 2);
    if (twice !== undefined) throw invalidRequest(`${name} "${twice}" can not have more than one wildcard.`);
  }
  const wild = ExposeHeaders.find((name) => name.includes('*'));
  if (wild !== undefined)
    throw invalidRequest(
      `ExposeHeader "${wild}" contains wildcard. We currently do not support wildcard for ExposeHeader.`,
    );
}
