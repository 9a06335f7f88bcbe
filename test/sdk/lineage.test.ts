// The published AWS SDK for JavaScript against a whole server: lineage and model cards.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  AddAssociationCommand,
  type AssociationEdgeType,
  CreateActionCommand,
  CreateArtifactCommand,
  CreateContextCommand,
  CreateModelCardCommand,
  DeleteArtifactCommand,
  DeleteAssociationCommand,
  DeleteModelCardCommand,
  DescribeArtifactCommand,
  DescribeContextCommand,
  DescribeModelCardCommand,
  ListActionsCommand,
  ListArtifactsCommand,
  ListAssociationsCommand,
  type ListAssociationsCommandInput,
  ListModelCardsCommand,
  ListModelCardVersionsCommand,
  QueryLineageCommand,
  type QueryLineageCommandInput,
  ResourceNotFound,
  SageMakerClient,
  SearchCommand,
  UpdateArtifactCommand,
  UpdateModelCardCommand,
} from '@aws-sdk/client-sagemaker';
import { type RunningServer, readConfig, startServer } from '../../src/server/index.ts';

let folder: string;
let server: RunningServer;
let sagemaker: SageMakerClient;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linnet-lineage-'));
  server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  sagemaker = new SageMakerClient(options);
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const createArtifact = async (SourceUri: string, ArtifactType: string, ArtifactName?: string): Promise<string> =>
  (await sagemaker.send(new CreateArtifactCommand({ ArtifactName, ArtifactType, Source: { SourceUri } })))
    .ArtifactArn ?? '';

const associate = (SourceArn: string, DestinationArn: string, AssociationType?: AssociationEdgeType) =>
  sagemaker.send(new AddAssociationCommand({ SourceArn, DestinationArn, AssociationType }));

test('An artifact is its source: the same one is not made twice, and names need not differ', async () => {
  const arn = await createArtifact('s3://a/data', 'DataSet', 'data');
  await createArtifact('s3://a/other', 'DataSet', 'data');
  await assert.rejects(createArtifact('s3://a/data', 'DataSet'), {
    name: 'ValidationException',
    message: /already exists/,
  });
  await sagemaker.send(
    new UpdateArtifactCommand({ ArtifactArn: arn, ArtifactName: 'rows', Properties: { a: '1', b: '2' } }),
  );
  await sagemaker.send(new UpdateArtifactCommand({ ArtifactArn: arn, PropertiesToRemove: ['a'] }));
  const shown = await sagemaker.send(new DescribeArtifactCommand({ ArtifactArn: arn }));
  assert.equal(shown.ArtifactName, 'rows');
  assert.deepEqual([shown.Source, shown.Properties], [{ SourceUri: 's3://a/data' }, { b: '2' }]);
  const list = await sagemaker.send(new ListArtifactsCommand({ SourceUri: 's3://a/data' }));
  assert.deepEqual(
    list.ArtifactSummaries?.map(({ ArtifactArn }) => ArtifactArn),
    [arn],
  );
  const none = await sagemaker.send(new ListArtifactsCommand({ ArtifactType: 'Model' }));
  assert.deepEqual(none.ArtifactSummaries, []);
  await sagemaker.send(new DeleteArtifactCommand({ Source: { SourceUri: 's3://a/data' } }));
  await assert.rejects(sagemaker.send(new DescribeArtifactCommand({ ArtifactArn: arn })), ResourceNotFound);
});

test('Associations are listed from both ends, and lineage goes through them', async () => {
  const data = await createArtifact('s3://b/data', 'DataSet', 'data-b');
  const model = await createArtifact('s3://b/model', 'Model');
  const { ActionArn: action = '' } = await sagemaker.send(
    new CreateActionCommand({
      ActionName: 'deploy',
      ActionType: 'ModelDeployment',
      Source: { SourceUri: 'x' },
      Status: 'Completed',
    }),
  );
  const { ContextArn: context = '' } = await sagemaker.send(
    new CreateContextCommand({ ContextName: 'my_endpoint', ContextType: 'Endpoint', Source: { SourceUri: 'y' } }),
  );
  assert.equal(
    (await sagemaker.send(new DescribeContextCommand({ ContextName: context }))).ContextName,
    'my_endpoint',
    'a context is found by its ARN too',
  );
  const [only] =
    (await sagemaker.send(new ListActionsCommand({ ActionType: 'ModelDeployment' }))).ActionSummaries ?? [];
  assert.deepEqual([only?.ActionName, only?.Status], ['deploy', 'Completed']);

  await associate(data, model, 'ContributedTo');
  await associate(model, action);
  await associate(action, context, 'Produced');
  await assert.rejects(associate(data, model), /already exists/);
  await assert.rejects(associate(data, data), /cannot be associated with itself/);
  await assert.rejects(associate(data, `${model}0`), ResourceNotFound);

  const list = async (input: ListAssociationsCommandInput) =>
    (await sagemaker.send(new ListAssociationsCommand(input))).AssociationSummaries?.map((one) => [
      one.SourceArn,
      one.DestinationArn,
    ]);
  assert.deepEqual(await list({ SourceArn: model }), [[model, action]]);
  assert.deepEqual(await list({ DestinationArn: model }), [[data, model]]);
  assert.deepEqual(await list({ SourceType: 'DataSet' }), [[data, model]]);
  assert.deepEqual(await list({ AssociationType: 'Produced' }), [[action, context]]);
  assert.equal((await list({}))?.length, 3);

  const reach = async (input: QueryLineageCommandInput) => {
    const { Vertices = [], Edges = [] } = await sagemaker.send(new QueryLineageCommand(input));
    return { vertices: Vertices.map(({ Arn }) => Arn), edges: Edges.length };
  };
  assert.deepEqual(await reach({ StartArns: [data], Direction: 'Descendants' }), {
    vertices: [model, action, context],
    edges: 3,
  });
  assert.deepEqual(await reach({ StartArns: [model], Direction: 'Ascendants', IncludeEdges: false }), {
    vertices: [data],
    edges: 0,
  });
  assert.deepEqual((await reach({ StartArns: [data], MaxDepth: 1 })).vertices, [model]);
  const filtered = await reach({ StartArns: [data], Filters: { LineageTypes: ['Context'] } });
  assert.deepEqual(filtered.vertices, [context]);

  const remove = () => sagemaker.send(new DeleteArtifactCommand({ ArtifactArn: data }));
  await assert.rejects(remove(), /remove the associations first/);
  const edge = { SourceArn: data, DestinationArn: model };
  await sagemaker.send(new DeleteAssociationCommand(edge));
  await assert.rejects(sagemaker.send(new DeleteAssociationCommand(edge)), ResourceNotFound);
  await remove();
});

test('New content of a model card is a version; a new status is not', async () => {
  const ModelCardName = 'Card';
  const content = (id: string) => JSON.stringify({ model_overview: { model_id: id, model_creator: 'me' } });
  const create = (Content: string) =>
    sagemaker.send(new CreateModelCardCommand({ ModelCardName, Content, ModelCardStatus: 'Draft' }));
  await assert.rejects(create('[1]'), /must be a JSON object/);
  const { ModelCardArn } = await create(content('one'));
  await assert.rejects(create(content('one')), { name: 'ConflictException' });
  const update = (input: { Content?: string; ModelCardStatus?: 'Approved' }) =>
    sagemaker.send(new UpdateModelCardCommand({ ModelCardName, ...input }));
  await update({ Content: content('two') });
  await update({ ModelCardStatus: 'Approved' });
  await assert.rejects(update({ Content: content('x'), ModelCardStatus: 'Approved' }), /Exactly one of/);
  const describe = (ModelCardVersion?: number, IncludedData?: 'MetadataOnly') =>
    sagemaker.send(new DescribeModelCardCommand({ ModelCardName: ModelCardArn, ModelCardVersion, IncludedData }));
  const now = await describe();
  assert.deepEqual([now.ModelCardVersion, now.ModelCardStatus, now.Content], [2, 'Approved', content('two')]);
  const first = await describe(1);
  assert.deepEqual([first.ModelCardVersion, first.ModelCardStatus, first.Content], [1, 'Draft', content('one')]);
  assert.equal((await describe(2, 'MetadataOnly')).Content, '{"model_overview":{"model_id":"two"}}');
  await assert.rejects(describe(3), /has no version 3; its newest is 2/);
  const versions = await sagemaker.send(new ListModelCardVersionsCommand({ ModelCardName }));
  assert.deepEqual(
    versions.ModelCardVersionSummaryList?.map((one) => [one.ModelCardVersion, one.ModelCardStatus]),
    [
      [2, 'Approved'],
      [1, 'Draft'],
    ],
  );
  const listed = await sagemaker.send(new ListModelCardsCommand({ ModelCardStatus: 'Draft' }));
  assert.deepEqual(listed.ModelCardSummaries, []);
  const Filters = [{ Name: 'ModelId', Operator: 'Equals', Value: 'two' } as const];
  const found = await sagemaker.send(new SearchCommand({ Resource: 'ModelCard', SearchExpression: { Filters } }));
  assert.deepEqual(
    found.Results?.map(({ ModelCard }) => ModelCard?.ModelCardName),
    ['Card'],
  );
  await sagemaker.send(new DeleteModelCardCommand({ ModelCardName }));
  await assert.rejects(describe(1), ResourceNotFound);
});
