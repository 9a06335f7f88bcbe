/**
 * A tile of a matrix product: `lines` rows (or features) by `vectors` times four columns, all of whose sums are held in
 * registers, its loop unrolled `unroll` times.
 */
export interface Tile {
  lines: number;
  unroll: number;
}

/** How an engine multiplies best. The bytes of results do not depend on it. */
export interface Tiles {
  /** Vectors of four columns in a whole panel. */
  panelVectors: number;
  /** The tile for panels of 1, 2, ... vectors, up to `panelVectors`. */
  byVectors: readonly Tile[];
  /** Of a single column: rows whose scores are summed together, and vectors of features whose gradients are. */
  single: { rows: number; vectors: number };
}

/**
 * V8 before 13 (Node 20 and 22) moves all loads of a loop's body to its top: sums and loads together must fit into 15
 * registers, and unrolling does not help. 2 x 16 reaches 80 % of the machine's peak, 6 x 8 half as much.
 */
export const hoistingTiles: Tiles = {
  panelVectors: 4,
  byVectors: [
    { lines: 6, unroll: 1 },
    { lines: 4, unroll: 1 },
    { lines: 3, unroll: 1 },
    { lines: 2, unroll: 1 },
  ],
  single: { rows: 6, vectors: 6 },
};

/** Engines that keep the order of a program: twelve sums, which hide the latency of two additions at a time, cost least loads as 6 x 8. */
export const orderedTiles: Tiles = {
  panelVectors: 2,
  byVectors: [
    { lines: 8, unroll: 4 },
    { lines: 6, unroll: 4 },
  ],
  single: { rows: 6, vectors: 12 },
};

/** The same without FMA, where each product needs a register until it is added. */
export const orderedTilesPlain: Tiles = {
  panelVectors: 2,
  byVectors: [
    { lines: 8, unroll: 2 },
    { lines: 5, unroll: 2 },
  ],
  single: { rows: 6, vectors: 10 },
};

/** The tiles for the engine that runs this. */
export function tilesOfEngine({ fma }: { fma: boolean }): Tiles {
  const version = v8Version();
  if (version !== undefined && version < 13) return hoistingTiles;
  return fma ? orderedTiles : orderedTilesPlain;
}

/** V8's major version: Node's process has it; Chromium's version is ten times V8's. */
function v8Version(): number | undefined {
  const { process, navigator } = globalThis as {
    process?: { versions?: { v8?: string } };
    navigator?: { userAgent?: string };
  };
  const ofNode = process?.versions?.v8;
  if (ofNode !== undefined) return Number.parseFloat(ofNode);
  const chrome = /Chrom(?:e|ium)\/(\d+)/.exec(navigator?.userAgent ?? '')?.[1];
  return chrome === undefined ? undefined : Number(chrome) / 10;
}
