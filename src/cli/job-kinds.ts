/** The kinds of jobs as they stand in the names of operations, members and log groups: `DescribeTrainingJob`, `TrainingJobName`. */
export const jobKinds = ['Training', 'Processing', 'Transform'] as const;
export type JobKind = (typeof jobKinds)[number];
