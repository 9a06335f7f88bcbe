import { isLosslessNumber } from 'lossless-json';
import type { Json, JsonObject } from '../../../../base/index.ts';

/** Names and values; a number that keeps all its digits is none. */
export const isJsonObject = (value: Json): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && !isLosslessNumber(value);
