import type { CheckJob } from '../../contract/index.ts';
import { checkedJob } from '../program/check.ts';
import { channelProblems } from './channel-format.ts';
import { parseHyperparameters } from './hyperparameters/hyperparameters.ts';
import { problemsOnHosts } from './hyperparameters/on-hosts.ts';
import { objectiveProblem } from './tuning.ts';

/** What the platform asks before it accepts a job. */
export const checkJob: CheckJob = ({ hyperparameters, inputDataConfig, hostCount }) => {
  const { settings, problems = [] } = parseHyperparameters(hyperparameters);
  const channels = channelProblems(inputDataConfig);
  if (hyperparameters.process_type === 'update' && inputDataConfig.model === undefined)
    channels.push('process_type update changes the trees of an earlier model: channel "model" is missing');
  if (hyperparameters._kfold !== undefined && inputDataConfig.model !== undefined)
    channels.push('_kfold trains the model of each fold anew, not from channel "model": leave one of them out');
  if (settings !== undefined) channels.push(...problemsOnHosts(settings, hostCount));
  const objective = objectiveProblem(hyperparameters, Object.keys(inputDataConfig));
  if (objective !== undefined) channels.push(objective);
  return checkedJob(problems, channels);
};
