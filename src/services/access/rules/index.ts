import type { Call, ServiceName } from '../../../gateway/index.ts';
import type { Need, Rule } from '../need.ts';
import { cloudwatchRule } from './cloudwatch.ts';
import { iamRule } from './iam.ts';
import { logsRule } from './logs.ts';
import { s3Rule } from './s3.ts';
import { sagemakerRule } from './sagemaker.ts';
import { stsRule } from './sts.ts';

/** How each service derives what an operation needs: every operation has an action, so that none is ever free by mistake. */
const rules: Readonly<Record<ServiceName, Rule>> = {
  sagemaker: sagemakerRule,
  'sagemaker-runtime': sagemakerRule,
  'sagemaker-metrics': sagemakerRule,
  s3: s3Rule,
  sts: stsRule,
  iam: iamRule,
  logs: logsRule,
  cloudwatch: cloudwatchRule,
};

export const needsOf = (call: Call): readonly Need[] => rules[call.service](call);
