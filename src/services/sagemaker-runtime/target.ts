import type { InvokeEndpointCommandInput } from '@aws-sdk/client-sagemaker-runtime';
import { ServiceError } from '../../base/index.ts';
import type { ProgramAddress } from '../../compute/index.ts';
import type { Call } from '../../gateway/index.ts';
import { idOf } from '../sagemaker/resource.ts';
import { targetModelOf } from './deliver.ts';
import {
  type Choice,
  chooseInstance,
  chooseRoute,
  componentKey,
  type LiveEndpoint,
  type LiveTable,
  type Route,
  servingStatuses,
} from './live-table.ts';
import { patienceWithRestMs } from './wait-for-program.ts';

export interface Target extends Choice {
  endpoint: LiveEndpoint;
  route: Route;
}

/** What a request has of a variant whose programs follow the requests: set once it has come to one. */
export interface Admission {
  /** Ends the request. */
  leave?: () => void;
}

/** How long it waits for a program; undefined: as long as any. */
export const patienceOf = ({ leave }: Admission): number | undefined => leave && patienceWithRestMs;

/** Where a request goes now; undefined while no program is up. Throws the refusal of an endpoint that is not in service. */
export function targetOf(
  table: LiveTable,
  { input, accountId, region }: Call<InvokeEndpointCommandInput>,
  { admission, except }: { admission: Admission; except: ProgramAddress | undefined },
): Target | undefined {
  const name = input.EndpointName ?? '';
  const found = table.get(region, idOf(name));
  if (found === undefined) throw refusal(`Endpoint ${name} of account ${accountId} not found.`);
  const endpoint = componentOf(table, region, input) ?? found;
  const { routes, status } = endpoint;
  if (routes.some((route) => route.async !== undefined))
    throw refusal(`Endpoint ${name} is asynchronous: use InvokeEndpointAsync.`);
  if (endpoint.bare) throw refusal(whyBare(endpoint));
  if (routes.length === 0) {
    if (servingStatuses.includes(status)) return undefined;
    throw refusal(`Endpoint ${name} of account ${accountId} is not in service: its status is ${status}.`);
  }
  // During an update two of the same name may serve.
  const route = chooseRoute(
    input.TargetVariant === undefined ? routes : routes.filter(({ variant }) => variant === input.TargetVariant),
  );
  if (route === undefined) throw refusal(`Variant ${input.TargetVariant} of endpoint ${name} not found.`);
  checkContainer(name, route, input.TargetContainerHostname);
  checkModel(name, route, input);
  const model = input.TargetModel === undefined ? undefined : targetModelOf(input);
  if (route.pool !== undefined) admission.leave ??= route.pool.admit();
  const choice = chooseInstance(route, { container: input.TargetContainerHostname, except, model });
  return choice && { endpoint, route, ...choice };
}

/** The inference component that a request names. */
function componentOf(
  table: LiveTable,
  region: string,
  { EndpointName = '', InferenceComponentName: name }: InvokeEndpointCommandInput,
): LiveEndpoint | undefined {
  if (name === undefined) return undefined;
  const found = table.get(region, componentKey(idOf(name)));
  if (found === undefined || idOf(found.name) !== idOf(EndpointName))
    throw refusal(`Inference component ${name} of endpoint ${EndpointName} not found.`);
  return found;
}

const whyBare = ({ component }: LiveEndpoint): string =>
  component === undefined
    ? // Amazon's own text.
      'Inference Component Name header is required for endpoints to which you plan to deploy inference components. Please include Inference Component Name header or consider using SageMaker models.'
    : `Inference component ${component} has no copies; give it a CopyCount by UpdateInferenceComponentRuntimeConfig.`;

/** Where the table has what a request is for. */
export const liveIdOf = ({
  EndpointName = '',
  InferenceComponentName: component,
}: InvokeEndpointCommandInput): string =>
  component === undefined ? idOf(EndpointName) : componentKey(idOf(component));

/** A request names a container where the endpoint is for direct invocation, and nowhere else. */
function checkContainer(endpoint: string, { variant, direct, instances }: Route, container: string | undefined): void {
  if (!direct && container === undefined) return;
  const names = instances[0]?.containers.map(({ name }) => name) ?? [];
  const one = `one of its containers: ${names.join(', ')}`;
  if (!direct) {
    const reason =
      names.length > 1 ? 'requests pass all its containers in order (Mode Serial)' : 'the endpoint has one container';
    throw refusal(`TargetContainerHostname cannot be used with endpoint ${endpoint}: ${reason}.`);
  }
  if (container === undefined)
    throw refusal(`Variant ${variant} of endpoint ${endpoint} needs a TargetContainerHostname, ${one}.`);
  if (!names.includes(container))
    throw refusal(
      `Container ${container} of endpoint ${endpoint} not found; TargetContainerHostname must name ${one}.`,
    );
}

/** A request names a model where the endpoint has several, and nowhere else. */
function checkModel(endpoint: string, { instances }: Route, input: InvokeEndpointCommandInput): void {
  const several = instances.some(({ containers }) => containers.some(({ models }) => models !== undefined));
  // Amazon's own text.
  if (!several && input.TargetModel !== undefined)
    throw refusal(`Endpoint ${endpoint} is not a multi-model endpoint and does not support target model header.`);
  if (several && targetModelOf(input) === '')
    throw refusal(
      `Endpoint ${endpoint} is a multi-model endpoint: TargetModel must name the archive of a model below the prefix of its models.`,
    );
}

const refusal = (message: string): ServiceError => new ServiceError('ValidationError', message);
