// The published AWS SDK for JavaScript against a whole server: the model registry.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  AddTagsCommand,
  BatchDescribeModelPackageCommand,
  type ContainerDefinition,
  CreateModelCommand,
  CreateModelPackageCommand,
  type CreateModelPackageCommandInput,
  CreateModelPackageGroupCommand,
  DeleteModelPackageCommand,
  DeleteModelPackageGroupCommand,
  DescribeModelCommand,
  DescribeModelPackageCommand,
  DescribeModelPackageGroupCommand,
  ListModelPackageGroupsCommand,
  ListModelPackagesCommand,
  type ListModelPackagesCommandInput,
  ListTagsCommand,
  paginateListModelPackages,
  type ResourceType,
  SageMakerClient,
  SearchCommand,
  UpdateModelPackageCommand,
} from '@aws-sdk/client-sagemaker';
import { type RunningServer, readConfig, startServer } from '../../src/server/index.ts';

const Image = '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1';
const ModelDataUrl = 's3://registry/model.tar.gz';
const InferenceSpecification = {
  Containers: [{ Image, ModelDataUrl, Environment: { A: '1', B: '2' } }],
  SupportedContentTypes: ['text/csv'],
  SupportedResponseMIMETypes: ['application/json'],
};

let folder: string;
let server: RunningServer;
let sagemaker: SageMakerClient;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linnet-registry-'));
  server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  sagemaker = new SageMakerClient(options);
  const s3 = new S3Client(options);
  await s3.send(new CreateBucketCommand({ Bucket: 'registry' }));
  for (const Key of ['model.tar.gz', 'other.tar.gz'])
    await s3.send(new PutObjectCommand({ Bucket: 'registry', Key, Body: 'an archive' }));
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const createGroup = async (ModelPackageGroupName: string): Promise<string> =>
  (await sagemaker.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName }))).ModelPackageGroupArn ?? '';

const register = async (input: CreateModelPackageCommandInput): Promise<string> =>
  (await sagemaker.send(new CreateModelPackageCommand({ InferenceSpecification, ...input }))).ModelPackageArn ?? '';

const describe = (ModelPackageName: string) => sagemaker.send(new DescribeModelPackageCommand({ ModelPackageName }));

const arnsOf = async (input: ListModelPackagesCommandInput): Promise<string[]> => {
  const arns: string[] = [];
  for await (const page of paginateListModelPackages({ client: sagemaker }, { ...input }))
    for (const { ModelPackageArn = '' } of page.ModelPackageSummaryList ?? []) arns.push(shortOf(ModelPackageArn));
  return arns;
};

const shortOf = (arn: string): string => arn.slice(arn.indexOf('/') + 1);

test('Versions of a group count from 1, await approval, and show what was registered', async () => {
  const groupArn = await createGroup('Cancer');
  assert.match(groupArn, /:model-package-group\/cancer$/);
  const members = {
    ModelPackageDescription: 'The first',
    ModelMetrics: { ModelQuality: { Statistics: { ContentType: 'application/json', S3Uri: 's3://registry/q.json' } } },
    CustomerMetadataProperties: { team: 'a', stage: 'x' },
    MetadataProperties: { CommitId: 'abc' },
    Domain: 'MACHINE_LEARNING',
  };
  const first = await register({ ModelPackageGroupName: 'Cancer', ...members });
  const second = await register({ ModelPackageGroupName: groupArn, ModelApprovalStatus: 'Approved' });
  assert.deepEqual([first, second].map(shortOf), ['cancer/1', 'cancer/2']);

  const { $metadata, CreationTime, LastModifiedTime, ...shown } = await describe(first);
  assert.ok(CreationTime && LastModifiedTime && $metadata.httpStatusCode === 200);
  assert.deepEqual(shown, {
    ...members,
    InferenceSpecification,
    ModelPackageArn: first,
    ModelPackageGroupName: 'Cancer',
    ModelPackageVersion: 1,
    ModelPackageStatus: 'Completed',
    ModelPackageStatusDetails: { ValidationStatuses: [], ImageScanStatuses: [] },
    ModelApprovalStatus: 'PendingManualApproval',
    ModelPackageRegistrationType: 'Registered',
    CertifyForMarketplace: false,
    CreatedBy: {},
    LastModifiedBy: {},
  });
  // By its name too, in any case.
  assert.equal((await describe('CANCER/2')).ModelApprovalStatus, 'Approved');

  await sagemaker.send(new DeleteModelPackageCommand({ ModelPackageName: second }));
  assert.equal(
    shortOf(await register({ ModelPackageGroupName: 'cancer' })),
    'cancer/3',
    'a number is never given twice',
  );
  await assert.rejects(describe(second), /ModelPackage .*cancer\/2 does not exist/);
});

test('Versions registered at the same moment get numbers of their own, and a repeated ClientToken none', async () => {
  await createGroup('busy');
  const made = await Promise.all(Array.from({ length: 8 }, () => register({ ModelPackageGroupName: 'busy' })));
  assert.deepEqual(
    made.map(shortOf).sort(),
    Array.from({ length: 8 }, (_, i) => `busy/${i + 1}`),
  );
  const once = { ModelPackageGroupName: 'busy', ClientToken: 'a-token' };
  const [again, later] = [await register(once), await register(once)];
  assert.equal(again, later);
  const single = { ModelPackageName: 'busy-single', ClientToken: 'another' };
  assert.equal(await register(single), await register(single));
  await assert.rejects(register({ ModelPackageName: 'busy-single' }), /already existing model package/);
  assert.equal((await arnsOf({ ModelPackageGroupName: 'busy' })).length, 9);
});

test('UpdateModelPackage approves, and edits metadata and specifications', async () => {
  await createGroup('edited');
  const ModelPackageArn = await register({
    ModelPackageGroupName: 'edited',
    CustomerMetadataProperties: { keep: '1', drop: '2' },
    ModelCard: {
      ModelCardContent: '{"model_overview":{"model_id":"m","model_creator":"c"}}',
      ModelCardStatus: 'Draft',
    },
  });
  const extra = { Name: 'other', Containers: [{ Image, ModelDataUrl: 's3://registry/other.tar.gz' }] };
  await sagemaker.send(
    new UpdateModelPackageCommand({
      ModelPackageArn,
      ModelApprovalStatus: 'Rejected',
      ApprovalDescription: 'Too small',
      CustomerMetadataProperties: { added: '3' },
      CustomerMetadataPropertiesToRemove: ['drop'],
      AdditionalInferenceSpecificationsToAdd: [extra],
      ModelCard: { ModelCardStatus: 'Approved' },
      ModelLifeCycle: { Stage: 'Production', StageStatus: 'Ready' },
    }),
  );
  const shown = await describe(ModelPackageArn);
  assert.equal(shown.ModelApprovalStatus, 'Rejected');
  assert.equal(shown.ApprovalDescription, 'Too small');
  assert.deepEqual(shown.CustomerMetadataProperties, { keep: '1', added: '3' });
  assert.deepEqual(shown.AdditionalInferenceSpecifications, [extra]);
  assert.equal(shown.ModelCard?.ModelCardStatus, 'Approved');
  assert.match(shown.ModelCard?.ModelCardContent ?? '', /model_creator/);
  const open = await sagemaker.send(
    new DescribeModelPackageCommand({ ModelPackageName: ModelPackageArn, IncludedData: 'MetadataOnly' }),
  );
  assert.equal(open.ModelCard?.ModelCardContent, '{"model_overview":{"model_id":"m"}}');
  const twice = new UpdateModelPackageCommand({ ModelPackageArn, AdditionalInferenceSpecificationsToAdd: [extra] });
  await assert.rejects(sagemaker.send(twice), /"other" is given twice/);
});

test('Lists filter by group, type, approval and name, in pages and both orders', async () => {
  await createGroup('listed');
  for (let index = 0; index < 5; index += 1) await register({ ModelPackageGroupName: 'listed' });
  await register({ ModelPackageGroupName: 'listed', ModelApprovalStatus: 'Approved' });
  await register({ ModelPackageName: 'listed-alone' });
  const all = ['listed/1', 'listed/2', 'listed/3', 'listed/4', 'listed/5', 'listed/6'];
  const group = { ModelPackageGroupName: 'listed', MaxResults: 2 };
  assert.deepEqual(await arnsOf(group), all, 'the oldest first');
  assert.deepEqual(await arnsOf({ ...group, SortOrder: 'Descending' }), all.toReversed());
  assert.deepEqual(await arnsOf({ ...group, ModelApprovalStatus: 'Approved' }), ['listed/6']);
  assert.deepEqual(await arnsOf({ ...group, ModelPackageType: 'Unversioned' }), []);
  const named = { NameContains: 'listed', MaxResults: 3 };
  assert.deepEqual(await arnsOf(named), ['listed-alone'], 'without a type the unversioned');
  assert.deepEqual(await arnsOf({ ...named, ModelPackageType: 'Versioned' }), all);
  assert.deepEqual(await arnsOf({ ...named, ModelPackageType: 'Both' }), [...all, 'listed-alone']);
  assert.deepEqual(await arnsOf({ ...named, ModelPackageType: 'Both', CreationTimeAfter: new Date('2100-01-01') }), []);
  await assert.rejects(arnsOf({ ModelPackageGroupName: 'nowhere' }), /ModelPackageGroup .*nowhere does not exist/);
  const first = await sagemaker.send(new ListModelPackagesCommand(group));
  const other = new ListModelPackagesCommand({ ...named, ModelPackageType: 'Both', NextToken: first.NextToken });
  await assert.rejects(sagemaker.send(other), /NextToken belongs to a list with other filters/);

  const groups = await sagemaker.send(new ListModelPackageGroupsCommand({ NameContains: 'list' }));
  assert.deepEqual(
    groups.ModelPackageGroupSummaryList?.map(({ ModelPackageGroupName }) => ModelPackageGroupName),
    ['listed'],
  );
  const shared = await sagemaker.send(new ListModelPackageGroupsCommand({ CrossAccountFilterOption: 'CrossAccount' }));
  assert.deepEqual(shared.ModelPackageGroupSummaryList, []);
});

test('Several packages are described at once, absent ones as errors in their place', async () => {
  const arn = await register({ ModelPackageName: 'batch' });
  const absent = `${arn}-absent`;
  const both = await sagemaker.send(new BatchDescribeModelPackageCommand({ ModelPackageArnList: [arn, absent] }));
  assert.deepEqual(both.ModelPackageSummaries?.[arn]?.InferenceSpecification, InferenceSpecification);
  assert.match(both.BatchDescribeModelPackageErrorMap?.[absent]?.ErrorResponse ?? '', /does not exist/);
});

test('An approved version becomes a model with its containers; a pending or rejected one does not', async () => {
  await createGroup('deployed');
  const ModelPackageName = await register({ ModelPackageGroupName: 'deployed' });
  const create = (ModelName: string, PrimaryContainer: ContainerDefinition) =>
    sagemaker.send(new CreateModelCommand({ ModelName, PrimaryContainer }));
  await assert.rejects(create('early', { ModelPackageName }), /PendingManualApproval; only an approved version/);
  const approve = { ModelPackageArn: ModelPackageName, ModelApprovalStatus: 'Approved' } as const;
  await sagemaker.send(new UpdateModelPackageCommand(approve));
  const container = { ModelPackageName, Environment: { B: '3' } };
  await create('approved', container);
  const model = await sagemaker.send(new DescribeModelCommand({ ModelName: 'approved' }));
  assert.deepEqual(model.PrimaryContainer, { Mode: 'SingleModel', ...container });
  // A package of its own needs no approval, and is named without an ARN.
  await register({ ModelPackageName: 'alone' });
  await create('from-single', { ModelPackageName: 'alone' });
  await assert.rejects(create('x', { ModelPackageName: 'absent' }), /ModelPackage .*absent does not exist/);
  await assert.rejects(create('x', { ModelPackageName: 'alone', Image }), /brings Image; give the one or the other/);
  const part = { ModelPackageName: 'alone', InferenceSpecificationName: 'fast' };
  await assert.rejects(create('x', part), /no AdditionalInferenceSpecification "fast"; it has none/);
});

test('A model or a package is the source of another', async () => {
  const { ModelArn } = await sagemaker.send(
    new CreateModelCommand({ ModelName: 'source', PrimaryContainer: { Image, ModelDataUrl } }),
  );
  await createGroup('copies');
  const of = (SourceUri: string | undefined) =>
    register({ ModelPackageGroupName: 'copies', SourceUri, InferenceSpecification: undefined });
  const copy = await of(ModelArn);
  const containers = [{ Image, ModelDataUrl }];
  assert.deepEqual((await describe(copy)).InferenceSpecification?.Containers, containers);
  assert.deepEqual((await describe(await of(copy))).InferenceSpecification?.Containers, containers);
  const other = await describe(await of('https://github.com/mine/models'));
  assert.equal(other.InferenceSpecification, undefined);
  assert.equal(other.SourceUri, 'https://github.com/mine/models');
  const both = register({ ModelPackageGroupName: 'copies', SourceUri: ModelArn });
  await assert.rejects(both, /Only one of SourceUri and InferenceSpecification/);
});

test('Search finds packages, groups and models by what they are', async () => {
  await createGroup('searched');
  for (const ModelApprovalStatus of ['Approved', 'Rejected', 'Approved'] as const)
    await register({
      ModelPackageGroupName: 'searched',
      ModelApprovalStatus,
      CustomerMetadataProperties: { team: ModelApprovalStatus === 'Rejected' ? 'red' : 'green' },
    });
  const create = { ModelName: 'Searched-model', PrimaryContainer: { ModelPackageName: 'searched/1' } };
  await sagemaker.send(new CreateModelCommand(create));
  const find = async (Resource: ResourceType, ...filters: [name: string, value: string][]) => {
    const Filters = filters.map(([Name, Value]) => ({ Name, Value, Operator: 'Equals' as const }));
    const { Results = [] } = await sagemaker.send(new SearchCommand({ Resource, SearchExpression: { Filters } }));
    return Results.map(
      ({ ModelPackage, ModelPackageGroup, Model }) =>
        ModelPackage?.ModelPackageVersion ?? ModelPackageGroup?.ModelPackageGroupName ?? Model?.Model?.ModelName,
    ).sort();
  };
  const ofGroup = ['ModelPackageGroupName', 'searched'] as [string, string];
  assert.deepEqual(await find('ModelPackage', ofGroup, ['ModelApprovalStatus', 'Approved']), [1, 3]);
  assert.deepEqual(await find('ModelPackage', ofGroup, ['CustomerMetadataProperties.team', 'red']), [2]);
  assert.deepEqual(await find('ModelPackageGroup', ofGroup), ['searched']);
  assert.deepEqual(await find('Model', ['Model.ModelName', 'Searched-model']), ['Searched-model']);
  assert.deepEqual(await find('Model', ['Model.PrimaryContainer.ModelPackageName', 'searched/1']), ['Searched-model']);
});

test('What cannot be registered is refused with what to do', async () => {
  await createGroup('strict');
  const Containers = [{ Image: 'nobody/knows:1' }];
  const refused: [CreateModelPackageCommandInput, RegExp][] = [
    [{}, /Missing ARN/],
    [{ ModelPackageName: 'a', ModelPackageGroupName: 'strict' }, /Cannot determine which one to use/],
    [{ ModelPackageGroupName: 'absent' }, /ModelPackageGroup .*absent does not exist/],
    [{ ModelPackageGroupName: 'strict', InferenceSpecification: { Containers } }, /nobody\/knows/],
    [{ ModelPackageGroupName: 'strict', Tags: [{ Key: 'a', Value: 'b' }] }, /tag the group/],
    [
      {
        ModelPackageGroupName: 'strict',
        InferenceSpecification: { Containers: [{ Image, ModelDataUrl: 's3://registry/absent.tar.gz' }] },
      },
      /Could not find model data at s3:\/\/registry\/absent.tar.gz/,
    ],
    [
      { ModelPackageName: 'a', InferenceSpecification: { Containers: [{ Image, ProductId: 'p' }] } },
      /products of AWS Marketplace run at Amazon only/,
    ],
  ];
  for (const [input, message] of refused) await assert.rejects(register(input), message, JSON.stringify(input));
  const elsewhere = 'arn:aws:sagemaker:eu-west-9:000000000000:model-package-group/strict';
  await assert.rejects(register({ ModelPackageGroupName: elsewhere }), /is in eu-west-9; the request is signed for/);
  const other = 'arn:aws:sagemaker:us-east-1:000000000000:model/strict';
  await assert.rejects(register({ ModelPackageGroupName: other }), /is not the ARN of a model package group/);
});

test('A group with versions cannot be deleted; groups and packages have tags', async () => {
  const arn = await createGroup('gone');
  await assert.rejects(createGroup('gone'), /already existing model package group/);
  await sagemaker.send(new AddTagsCommand({ ResourceArn: arn, Tags: [{ Key: 'k', Value: 'v' }] }));
  assert.deepEqual((await sagemaker.send(new ListTagsCommand({ ResourceArn: arn }))).Tags, [{ Key: 'k', Value: 'v' }]);
  const version = await register({ ModelPackageGroupName: 'gone' });
  await sagemaker.send(new AddTagsCommand({ ResourceArn: version, Tags: [{ Key: 'v', Value: '1' }] }));
  const remove = () => sagemaker.send(new DeleteModelPackageGroupCommand({ ModelPackageGroupName: arn }));
  await assert.rejects(remove(), { name: 'ConflictException', message: /still contains model packages/ });
  await sagemaker.send(new DeleteModelPackageCommand({ ModelPackageName: 'gone/1' }));
  await remove();
  const look = new DescribeModelPackageGroupCommand({ ModelPackageGroupName: 'gone' });
  await assert.rejects(sagemaker.send(look), /ModelPackageGroup .* does not exist/);
  const after = await sagemaker.send(new ListTagsCommand({ ResourceArn: await createGroup('gone') }));
  assert.deepEqual(after.Tags, []);
});
