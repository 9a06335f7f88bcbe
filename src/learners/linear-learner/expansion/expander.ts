import type { Numbers } from '../../../formats/index.ts';
import { type Expansion, expandedFeatureCount } from './expansion.ts';

/** Expands rows of one expansion, again and again. */
export interface Expander {
  /** Features of a row before and after. */
  readonly featureCount: number;
  readonly expandedCount: number;
  /** Writes rows `from` to `from + rowCount`, expanded, to the front of `out`. */
  expand(rows: { features: Numbers; base?: Float64Array }, from: number, rowCount: number, out: Numbers): void;
}

/** Throws DataError as `expandedFeatureCount` does. Terms are products in double precision, rounded once into `out`. */
export function makeExpander({ degree, interactions, centre, factor }: Expansion): Expander {
  const d = centre.length;
  const expandedCount = expandedFeatureCount(d, { degree, interactions });
  const z = new Float64Array(d);
  return {
    featureCount: d,
    expandedCount,
    expand({ features, base: taken }, from, rowCount, out) {
      let at = 0;
      for (let row = from; row < from + rowCount; row += 1) {
        const base = row * d;
        for (let j = 0; j < d; j += 1) {
          const value = taken === undefined ? features[base + j] : taken[j] + features[base + j];
          out[at] = value;
          at += 1;
          z[j] = (value - centre[j]) * factor[j];
        }
        if (degree > 1) {
          for (let j = 0; j < d; j += 1) {
            let term = z[j];
            for (let power = 2; power <= degree; power += 1) {
              term *= z[j];
              out[at] = term;
              at += 1;
            }
          }
        }
        if (interactions === 'all') {
          for (let i = 0; i < d; i += 1) {
            for (let j = i + 1; j < d; j += 1) {
              out[at] = z[i] * z[j];
              at += 1;
            }
          }
        } else if (interactions !== 'none') {
          for (const [i, j] of interactions) {
            out[at] = z[i] * z[j];
            at += 1;
          }
        }
      }
    },
  };
}
