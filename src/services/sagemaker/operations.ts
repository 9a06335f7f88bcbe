import type { Call, ServiceTable } from '../../gateway/index.ts';
import type { Context } from './context.ts';
import { createEndpoint } from './endpoint/create.ts';
import { deleteEndpoint } from './endpoint/delete.ts';
import { describeEndpoint } from './endpoint/describe.ts';
import { listEndpoints } from './endpoint/list.ts';
import { updateEndpoint, updateEndpointWeightsAndCapacities } from './endpoint/update.ts';
import { createEndpointConfig } from './endpoint-config/create.ts';
import { deleteEndpointConfig } from './endpoint-config/delete.ts';
import { describeEndpointConfig } from './endpoint-config/describe.ts';
import { listEndpointConfigs } from './endpoint-config/list.ts';
import { entryOperations } from './entries/operations.ts';
import { experimentEntry } from './experiment/entry.ts';
import { createInferenceComponent } from './inference-component/create.ts';
import { describeInferenceComponent } from './inference-component/describe.ts';
import { listInferenceComponents } from './inference-component/list.ts';
import {
  deleteInferenceComponent,
  updateInferenceComponent,
  updateInferenceComponentRuntimeConfig,
} from './inference-component/update.ts';
import { addAssociation, deleteAssociation, listAssociations } from './lineage/associations.ts';
import { deleteArtifact } from './lineage/delete-artifact.ts';
import { actionEntry, artifactEntry, contextEntry } from './lineage/entries.ts';
import { queryLineage } from './lineage/query.ts';
import { createModel } from './model/create.ts';
import { deleteModel } from './model/delete.ts';
import { describeModel } from './model/describe.ts';
import { listModels } from './model/list.ts';
import { modelCardEntry } from './model-card/entry.ts';
import { describeModelCard, listModelCardVersions, updateModelCard } from './model-card/versions.ts';
import { batchDescribeModelPackage } from './model-package/batch-describe.ts';
import { createModelPackage } from './model-package/create.ts';
import { describeModelPackage } from './model-package/describe.ts';
import { modelPackageEntry } from './model-package/entry.ts';
import { updateModelPackage } from './model-package/update.ts';
import { modelPackageGroupEntry } from './model-package-group/entry.ts';
import { createPipeline } from './pipeline/create.ts';
import { deletePipeline } from './pipeline/delete.ts';
import { describePipeline } from './pipeline/describe.ts';
import { listPipelines } from './pipeline/list.ts';
import { updatePipeline } from './pipeline/update.ts';
import { listPipelineVersions, updatePipelineVersion } from './pipeline/versions.ts';
import { retryPipelineExecution, stopPipelineExecution, updatePipelineExecution } from './pipeline-execution/change.ts';
import { describePipelineDefinitionForExecution, describePipelineExecution } from './pipeline-execution/describe.ts';
import { listPipelineExecutions } from './pipeline-execution/list.ts';
import { listPipelineParametersForExecution } from './pipeline-execution/list-parameters.ts';
import { listPipelineExecutionSteps } from './pipeline-execution/list-steps.ts';
import { startPipelineExecution } from './pipeline-execution/start.ts';
import { createProcessingJob } from './processing-job/create.ts';
import { deleteProcessingJob } from './processing-job/delete.ts';
import { describeProcessingJob } from './processing-job/describe.ts';
import { listProcessingJobs } from './processing-job/list.ts';
import { stopProcessingJob } from './processing-job/stop.ts';
import { search } from './search/search.ts';
import { getSearchSuggestions } from './search/suggestions.ts';
import { addTags, deleteTags, listTags } from './tags/tags.ts';
import { createTrainingJob } from './training-job/create.ts';
import { deleteTrainingJob } from './training-job/delete.ts';
import { describeTrainingJob } from './training-job/describe.ts';
import { listTrainingJobs } from './training-job/list.ts';
import { stopTrainingJob } from './training-job/stop.ts';
import { createTransformJob } from './transform-job/create.ts';
import { describeTransformJob } from './transform-job/describe.ts';
import { listTransformJobs } from './transform-job/list.ts';
import { stopTransformJob } from './transform-job/stop.ts';
import { trialEntry } from './trial/entry.ts';
import { associateTrialComponent, disassociateTrialComponent } from './trial-component/associate.ts';
import { trialComponentEntry } from './trial-component/entry.ts';
import { createHyperParameterTuningJob } from './tuning-job/create.ts';
import { deleteHyperParameterTuningJob } from './tuning-job/delete.ts';
import { describeHyperParameterTuningJob } from './tuning-job/describe.ts';
import { listHyperParameterTuningJobs } from './tuning-job/list.ts';
import { listTrainingJobsForHyperParameterTuningJob } from './tuning-job/list-training-jobs.ts';
import { stopHyperParameterTuningJob } from './tuning-job/stop.ts';

/** The operations of SageMaker, each over the records of the call's region. */
export function sagemakerOperations(inRegion: (region: string) => Context): ServiceTable['operations'] {
  const operations: Record<string, (context: Context, call: Call<any>) => Promise<object>> = {
    ...entryOperations(modelPackageGroupEntry),
    ...entryOperations(modelPackageEntry),
    ...entryOperations(experimentEntry),
    ...entryOperations(trialEntry),
    ...entryOperations(trialComponentEntry),
    ...entryOperations(modelCardEntry),
    DescribeModelCard: describeModelCard,
    UpdateModelCard: updateModelCard,
    ListModelCardVersions: listModelCardVersions,
    ...entryOperations(artifactEntry),
    ...entryOperations(contextEntry),
    ...entryOperations(actionEntry),
    DeleteArtifact: deleteArtifact,
    AddAssociation: addAssociation,
    DeleteAssociation: deleteAssociation,
    ListAssociations: listAssociations,
    QueryLineage: queryLineage,
    AssociateTrialComponent: associateTrialComponent,
    DisassociateTrialComponent: disassociateTrialComponent,
    AddTags: addTags,
    BatchDescribeModelPackage: batchDescribeModelPackage,
    CreateEndpoint: createEndpoint,
    CreateEndpointConfig: createEndpointConfig,
    CreateHyperParameterTuningJob: createHyperParameterTuningJob,
    CreateInferenceComponent: createInferenceComponent,
    CreateModel: createModel,
    CreateModelPackage: createModelPackage,
    CreatePipeline: createPipeline,
    CreateProcessingJob: createProcessingJob,
    CreateTrainingJob: createTrainingJob,
    CreateTransformJob: createTransformJob,
    DeleteEndpoint: deleteEndpoint,
    DeleteEndpointConfig: deleteEndpointConfig,
    DeleteHyperParameterTuningJob: deleteHyperParameterTuningJob,
    DeleteInferenceComponent: deleteInferenceComponent,
    DeleteModel: deleteModel,
    DeletePipeline: deletePipeline,
    DeleteProcessingJob: deleteProcessingJob,
    DeleteTags: deleteTags,
    DeleteTrainingJob: deleteTrainingJob,
    DescribeEndpoint: describeEndpoint,
    DescribeEndpointConfig: describeEndpointConfig,
    DescribeHyperParameterTuningJob: describeHyperParameterTuningJob,
    DescribeInferenceComponent: describeInferenceComponent,
    DescribeModel: describeModel,
    DescribeModelPackage: describeModelPackage,
    DescribePipeline: describePipeline,
    DescribePipelineDefinitionForExecution: describePipelineDefinitionForExecution,
    DescribePipelineExecution: describePipelineExecution,
    DescribeProcessingJob: describeProcessingJob,
    DescribeTrainingJob: describeTrainingJob,
    DescribeTransformJob: describeTransformJob,
    GetSearchSuggestions: getSearchSuggestions,
    ListEndpointConfigs: listEndpointConfigs,
    ListEndpoints: listEndpoints,
    ListHyperParameterTuningJobs: listHyperParameterTuningJobs,
    ListInferenceComponents: listInferenceComponents,
    ListModels: listModels,
    ListPipelineExecutionSteps: listPipelineExecutionSteps,
    ListPipelineExecutions: listPipelineExecutions,
    ListPipelineParametersForExecution: listPipelineParametersForExecution,
    ListPipelineVersions: listPipelineVersions,
    ListPipelines: listPipelines,
    ListProcessingJobs: listProcessingJobs,
    ListTags: listTags,
    ListTrainingJobs: listTrainingJobs,
    ListTransformJobs: listTransformJobs,
    RetryPipelineExecution: retryPipelineExecution,
    Search: search,
    StartPipelineExecution: startPipelineExecution,
    StopPipelineExecution: stopPipelineExecution,
    StopProcessingJob: stopProcessingJob,
    ListTrainingJobsForHyperParameterTuningJob: listTrainingJobsForHyperParameterTuningJob,
    StopHyperParameterTuningJob: stopHyperParameterTuningJob,
    StopTrainingJob: stopTrainingJob,
    StopTransformJob: stopTransformJob,
    UpdateEndpoint: updateEndpoint,
    UpdateEndpointWeightsAndCapacities: updateEndpointWeightsAndCapacities,
    UpdateInferenceComponent: updateInferenceComponent,
    UpdateInferenceComponentRuntimeConfig: updateInferenceComponentRuntimeConfig,
    UpdateModelPackage: updateModelPackage,
    UpdatePipeline: updatePipeline,
    UpdatePipelineExecution: updatePipelineExecution,
    UpdatePipelineVersion: updatePipelineVersion,
  };
  return Object.fromEntries(
    Object.entries(operations).map(([name, run]) => [name, (call: Call) => run(inRegion(call.region), call)]),
  );
}
