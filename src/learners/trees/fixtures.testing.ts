/** The models of test/fixtures/xgboost and what XGBoost answers with them: 3.0.5, or the newer version that made them. */
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../../../test/fixtures/xgboost/', import.meta.url);

export interface Expected {
  features: number;
  /** In base64, as all numbers here. */
  rows: string;
  models: Readonly<Record<string, Partial<Record<'prediction' | 'margin' | 'contributions' | 'best', string>>>>;
}

interface Fixtures extends Expected {
  importances: Readonly<Record<string, Readonly<Record<string, number>>>>;
  older: Readonly<Record<string, Expected>>;
}

export const fixtures: Fixtures = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8'));

const newer: Expected = JSON.parse(readFileSync(new URL('expected-3.2.0.json', folder), 'utf8'));

export const modelBytes = (file: string): Uint8Array => readFileSync(new URL(`models/${file}`, folder));

export const modelFiles: readonly string[] = readdirSync(new URL('models', folder)).sort();

export function floats(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

export function rowsOf({ features, rows }: Expected) {
  const values = floats(rows);
  return { rowCount: values.length / features, featureCount: features, features: values };
}

/** What is expected of a model file, by its name: `classes-0.90.binary`, `dart.ubj`. */
export function expectedOf(file: string): { expected: Expected; answers: Expected['models'][string] } {
  const [, name = '', version] = /^(.*?)(?:-(0\.90|1\.2\.1|3\.2\.0))?\.[a-z]+(?:-\d)?$/.exec(file) ?? [];
  const expected = version === undefined ? fixtures : version === '3.2.0' ? newer : fixtures.older[version]!;
  return { expected, answers: expected.models[name]! };
}
