/** The kinds of jobs as they stand in the names of operations, members and log groups: `DescribeTrainingJob`, `TrainingJobName`. */
export const jobKinds = ['Training', 'Processing', 'Transform'] as const;
export type JobKind = (typeof jobKinds)[number];

/** The kinds of jobs that are shown: those that run programs, and those that make such jobs. */
export const shownKinds = ['Training', 'HyperParameterTuning', 'Processing', 'Transform'] as const;
export type ShownKind = (typeof shownKinds)[number];
