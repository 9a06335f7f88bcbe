import type { CheckJob } from '../../contract/index.ts';

/** The check of the fake program: it wants no hyperparameter `wrong`. */
export const checkJob: CheckJob = ({ hyperparameters: { wrong } }) => ({
  problems: wrong === undefined ? [] : [{ message: `wrong is "${wrong}"; it must not be there` }],
});
