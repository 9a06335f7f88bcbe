// policies: IAM's language of policies: reads a document, and decides whether a request is allowed.
// It is pure: no clock, no file, no store; it knows no service, and nobody's name.
// Start reading at decide.ts.
export { type Ask, type Decision, decide, type PolicySet } from './decide.ts';
export { type Denied, denialText } from './denial.ts';
export { actionPattern } from './patterns/pattern.ts';
export type { Policy } from './policy.ts';
export { type Principal, principalArnOf } from './principal.ts';
export { type DocumentKind, readPolicy } from './reading/read-policy.ts';
