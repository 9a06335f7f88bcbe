import type { JsonObject } from '../../base/index.ts';

/** What users, groups and roles have in common: policies of their own, and managed ones that are attached. */
export interface Bearing extends JsonObject {
  name: string;
  path: string;
  /** Its own policies. */
  policies: readonly { name: string; document: string }[];
  /** ARNs of managed policies, in the order they were attached. */
  attached: readonly string[];
}
