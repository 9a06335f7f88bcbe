// gateway: AWS wire protocols driven by the service models: sign, route, parse, validate, reply.
// It never knows what an operation does; of services it knows the protocols, S3's addresses and bodies among them.
// Start reading at operation.ts, then handle.ts.

export { openSessions } from './console/sessions.ts';
export type { LogEntry } from './exchange.ts';
export { createGateway, type Gateway } from './handle.ts';
export { loadModel, type OperationModel, type Shape } from './model/service-model.ts';
export type * from './operation.ts';
export type { CallerPage, GatewayOptions } from './options.ts';
export type { OwnPage } from './pages.ts';
export { readInput } from './shapes/read-input.ts';
