import type { CheckJob } from '../../contract/index.ts';
import { describeProblems } from '../program/hyperparameters/parse.ts';
import { channelProblems } from './channel-format.ts';
import { parseHyperparameters } from './hyperparameters/hyperparameters.ts';

/** What the platform asks before it accepts a job. */
export const checkJob: CheckJob = ({ hyperparameters, inputDataConfig, hostCount }) => {
  const problems = parseHyperparameters(hyperparameters).problems ?? [];
  const channels = channelProblems(inputDataConfig);
  if (hyperparameters.process_type === 'update' && inputDataConfig.model === undefined)
    channels.push('process_type update changes the trees of an earlier model: channel "model" is missing');
  if (hyperparameters._kfold !== undefined && inputDataConfig.model !== undefined)
    channels.push('_kfold trains the model of each fold anew, not from channel "model": leave one of them out');
  if (hostCount > 1) channels.push(`InstanceCount is ${hostCount}: this version trains on 1 instance`);
  const messages = [...(problems.length > 0 ? [describeProblems(problems)] : []), ...channels];
  return {
    problems: [...problems, ...channels.map((message) => ({ message }))],
    ...(messages.length > 0 && { message: messages.join('. ') }),
  };
};
