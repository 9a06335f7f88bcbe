/** How many steps run at a time, as requests and answers have it. */
interface Parallel {
  ParallelismConfiguration?: { MaxParallelExecutionSteps: number | undefined } | undefined;
}

export function parallelIn({ ParallelismConfiguration: given }: Parallel): { parallel?: number } {
  const parallel = given?.MaxParallelExecutionSteps;
  return parallel === undefined ? {} : { parallel };
}

export const parallelShown = (parallel: number | undefined) =>
  parallel === undefined ? undefined : { MaxParallelExecutionSteps: parallel };
