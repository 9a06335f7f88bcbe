/** A serving program is started with the argument `serve` and answers these two. */
export const pingPath = '/ping';
export const invocationsPath = '/invocations';

/** TCP port to listen on (SageMaker's own name); 8080 when neither variable is set. */
export const bindPortVariable = 'SAGEMAKER_BIND_TO_PORT';
/** Linnet's addition: the address to listen on; all of the machine's, as in a container, when it is not set. */
export const bindHostVariable = 'LINNET_BIND_TO_HOST';
/** Linnet's addition: a Unix socket to listen on instead, so that nobody else on the host can call the program. */
export const bindSocketVariable = 'LINNET_BIND_TO_SOCKET';
export const bindPortDefault = 8080;
/** Linnet's addition: the image that the program runs for, since one program may stand for several versions of an image. */
export const imageVariable = 'LINNET_IMAGE';

/** Limits of the hosting contract. Source: AWS developer guide, "Use your own inference code with hosting services". */
export const invocationTimeoutMs = 60_000;
export const pingTimeoutMs = 2_000;
export const startupTimeoutMs = 240_000;
export const servingStopGraceMs = 30_000;

/** A program started by Linnet exits when its standard input ends, if this variable is `1`: no orphans after a crash. */
export const stopWithParentVariable = 'LINNET_STOP_WITH_PARENT';

/** Set to `true` for a program that serves several models, which it is asked to load and unload (multi-model endpoints). */
export const multiModelVariable = 'SAGEMAKER_MULTI_MODEL';
/** Where such a program is asked to, below its root where their files lie, and the status of one without memory for a model. */
export const modelsPath = '/models';
export const noMemoryStatus = 507;
export const targetModelHeader = 'x-amzn-sagemaker-target-model';
/** Linnet's addition: the memory that the models of one of our own programs may take together, in megabytes. */
export const modelsMemoryVariable = 'MODELS_MEMORY_MB';
