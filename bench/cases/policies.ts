import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Call, Holder, ServiceName } from '../../src/gateway/index.ts';
import { identityServices } from '../../src/services/index.ts';
import { folderObjects, memoryRecords } from '../../src/store/index.ts';
import type { Bench, BenchCase, Row } from '../framework/case.ts';
import { bestOf, interleaved } from '../framework/measure.ts';

const accountId = '123456789012';

/** The services that keep users, with one who has ten policies of ten statements with conditions, and is allowed by the last. */
async function makeWorld(folder: string) {
  const records = memoryRecords();
  const objects = await folderObjects({ folder: join(folder, 'objects'), records, nowMs: Date.now, newId: randomUUID });
  const identity = identityServices({
    records,
    objects,
    accountId,
    roleName: 'Role',
    region: 'us-east-1',
    root: { accessKeyId: 'AKIAROOT', secretAccessKey: 'secret' },
    sealingKey: randomBytes(32),
    drawn: randomBytes,
    newId: randomUUID,
    nowMs: Date.now,
  });
  const iam = async (operation: string, input: object): Promise<any> =>
    identity.tables.find(({ service }) => service === 'iam')!.operations[operation]!({
      input,
      caller: {},
      nowMs: Date.now(),
      accountId,
    } as unknown as Call);
  const statement = (at: number): object => ({
    Effect: 'Allow',
    Action: [
      `sagemaker:Other${at}*`,
      `s3:Other${at}`,
      at === 99 ? 'sagemaker:InvokeEndpoint' : 'sagemaker:InvokeEndpointNot',
    ],
    Resource: [`arn:aws:sagemaker:*:*:endpoint/other-${at}-*`, `arn:aws:sagemaker:*:*:endpoint/\${aws:username}-*`],
    Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' }, DateGreaterThan: { 'aws:CurrentTime': '2026-01-01' } },
  });
  await iam('CreateUser', { UserName: 'ann' });
  for (let at = 0; at < 10; at++) {
    const Statement = Array.from({ length: 10 }, (_, one) => statement(10 * at + one));
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    const { Policy } = await iam('CreatePolicy', { PolicyName: `p${at}`, PolicyDocument });
    await iam('AttachUserPolicy', { UserName: 'ann', PolicyArn: Policy.Arn });
  }
  const { AccessKey } = await iam('CreateAccessKey', { UserName: 'ann' });
  return { identity, close: () => objects.close(), accessKeyId: AccessKey.AccessKeyId as string };
}

const callOf = (holder: Holder | undefined): Call =>
  ({
    service: 'sagemaker-runtime' as ServiceName,
    operation: 'InvokeEndpoint',
    input: { EndpointName: 'ann-churn', Body: Buffer.alloc(0) },
    caller: { accessKeyId: 'AKIA', anonymous: false, holder },
    region: 'us-east-1',
    accountId,
    headers: {},
    address: 'http://127.0.0.1/',
    peer: '127.0.0.1',
    nowMs: Date.now(),
  }) as unknown as Call;

async function run({ quick }: Bench) {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-policies-'));
  const { identity, close, accessKeyId } = await makeWorld(folder);
  const count = quick ? 2_000 : 20_000;
  try {
    const ask = (id: string) => async (): Promise<undefined> => {
      for (let at = 0; at < count; at++) {
        const key = await identity.keyOf(id, undefined);
        await identity.authorise(callOf(key !== undefined && 'holder' in key ? key.holder : undefined));
      }
    };
    const figures = bestOf(
      await interleaved(
        [
          { name: 'the account', run: ask('AKIAROOT') },
          { name: 'a user', run: ask(accessKeyId) },
        ],
        { rounds: quick ? 5 : 20, clock: 'cpu', warmups: 2, budgetMs: 10_000 },
      ),
    );
    const rows: Row[] = [
      {
        what: 'What an invocation costs more for a user with ten policies of ten statements with conditions than for the account: finding the key, what the operation needs, and the decision',
        label: 'Policies on a request',
        value: ((figures['a user']! - figures['the account']!) / count) * 1e6,
        unit: 'ns',
        target: { atMost: 20_000 },
        figures,
      },
    ];
    return { rows };
  } finally {
    await close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const policyCases: readonly BenchCase[] = [{ id: 'L2', title: 'Policies on each request', run }];
