// gateway: AWS wire protocols driven by the service models: sign, route, parse, validate, reply.
// It never knows what an operation does.
// Start reading at operation.ts, then handle.ts.
export type { LogEntry } from './exchange.ts';
export { createGateway, type Gateway, type GatewayOptions } from './handle.ts';
export { type GatewayLimits, limitDefaults } from './limits.ts';
export type * from './operation.ts';
