/** What a request, or its endpoint's configuration, says of explanations: the value of the header that asks the program for them. */
import type { InvokeEndpointCommandInput } from '@aws-sdk/client-sagemaker-runtime';
import { ServiceError } from '../../base/index.ts';
import { explainHeader } from '../../contract/index.ts';
import type { Call } from '../../gateway/index.ts';
import type { Container } from '../sagemaker/serving/container.ts';

/** Of an endpoint with an ExplainerConfig: whether its requests are explained that say nothing of it. */
export interface ExplainerRule {
  explains: boolean;
}

/** The rule of an EnableExplanations; explained unless it says no. */
export const explainerRuleOf = (
  config: { EnableExplanations?: string | undefined } | undefined,
): ExplainerRule | undefined => config && { explains: literalOf(config.EnableExplanations ?? '`true`') !== false };

/**
 * Undefined for a request that wants no explanation. Throws where the program would not know the header: it would answer without
 * one, in silence.
 */
export function explanationWish(
  { input, headers }: Call<InvokeEndpointCommandInput>,
  { explainer }: { explainer: ExplainerRule | undefined },
  containers: readonly Container[],
): string | undefined {
  const { EnableExplanations: expression, EndpointName: endpoint } = input;
  const asked = expression === undefined ? undefined : literalOf(expression);
  if (asked === 'other') throw refusal(notLiteral('EnableExplanations', expression!));
  const wish =
    explainer === undefined && asked !== true
      ? headers[explainHeader]
      : (asked ?? explainer!.explains)
        ? 'clarify'
        : 'clarify-none';
  if (wish === undefined || wish === 'false') return undefined;
  if (containers.length > 1)
    throw refusal(
      `Endpoint ${endpoint} cannot explain: its requests pass ${containers.length} containers, and the last one does not see the columns that were sent.`,
    );
  if (containers[0]?.explains !== true)
    throw refusal(
      `Endpoint ${endpoint} cannot explain: container ${containers[0]?.name} is not one of Linnet's linear-learner and xgboost.`,
    );
  return wish;
}

/** What a JMESPath literal says; `other` for any other expression. */
export function literalOf(expression: string): boolean | 'other' {
  const text = expression.trim();
  const [, json] = /^`([^`]*)`$/.exec(text) ?? [];
  if (json === undefined) return 'other';
  try {
    const value: unknown = JSON.parse(json);
    // JMESPath takes what is empty for false, but not 0.
    if (value === null || value === false || value === '') return false;
    return typeof value !== 'object' || Object.keys(value).length > 0;
  } catch {
    return 'other';
  }
}

export const notLiteral = (member: string, expression: string): string =>
  `${member} is "${expression}", an expression that Linnet does not evaluate; give \`true\` or \`false\`, in backquotes, and choose among the explained rows yourself`;

const refusal = (message: string): ServiceError => new ServiceError('ValidationError', message);
