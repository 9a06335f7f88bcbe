import { designSuite } from './design.suite.ts';
import { PlainDesign } from './plain-design.ts';

designSuite('plain design of doubles', (rows) => new PlainDesign(rows), 1e-14);
designSuite(
  'plain design of singles',
  ({ x, ...rows }) => new PlainDesign({ ...rows, x: Float32Array.from(x) }),
  1e-14,
);
