/** Files as zstd 1.5 makes them (`zstd -19`, so with a checksum of their content). For tests. */

const bytesOf = (parts: readonly string[]): Uint8Array => Uint8Array.from(Buffer.from(parts.join(''), 'base64'));

/** 60 rows of a label and three features, 983 bytes of CSV. */
export const packedCsv = bytesOf([
  'KLUv/WTXAo0NABZlSAygpQ5GtjcWSKqCODFGAEMAQwD3OgjPOgwWDh1WOHAzWI10UTOAEdLVOC/z0QckC15U+IlAR4suwKZdg77JlKow',
  'RgIIoUzPcEJmiAZDrsEAbFjUCPiLRkAHJpFlapII0YKOlhI/xnCHJulpQM6LEuVe00CZVj0r3N/pqgMKcNOkQooK1nVoFoIYqqeFbShW',
  'iyjRNI0hSYd0Gv41H6aewULVjKBhuGagM0iHMkGkUGFZ+bzUtKfEe+j8K/yDxcKdr5pXcxTp0CSE9YxwMe81Q7gwUIUVUf+kqjBcNe2e',
  'JgFAneFaLBo5/Z5/fTgXhEM96TZOtUgVtd2Fod3zJkyhnjMxDBP/w7NKEKynHImQ3rNsertFi21IUuLNz+qTqMKH1QFCKEBKIGN0DxAo',
  'qZkDDuSFshvzl85habk+dhZQEVR72jMgilWJE2HsvrmGw82/AC/Kneotn1Ykmx+33FZklTPzfHXOQXLlRLzA4mJMwzOkClwNvU2VoKo9',
  'hEa86Gnz+QfBaI2WMxT6PpLS0KiAnhhM369pPDpSS3Tw1TinkKMOTRAS/Gmc6PKc8DPhPQHK4g6H',
]);

/** 24 rows of a label and three features, 1,344 bytes of RecordIO. */
export const packedRecords = bytesOf([
  'KLUv/WRABO0GAGLPJyOAz7AGNCR8aRybT6lQEAAQkCrcdGKyelIjygd8kdSnEcYcKY6P8qEa1zRrYR/qA22d7/GpNs3HWDM51jTfaoN9',
  'sbX32jSj795Csi/2lV43fhbO57jF2+iDmT7Bd+f5SG+axFviLfL6Nt9o8bm+2Qb7Wt8H8v1E2q/znTbNrZk+0gMGgYPgcDjNd2+wCYPC',
  'wXC4TDAVSSYwQAzOSLEUgxyoIMaIJKze33ArSYoNEBBhRHhFQISCxG/63SK9CxjGUxs/Kh5xVQjEQP6p8x8R9nD+3CQsvtsU/mtTX1OP',
  '6w==',
]);

/** A frame with two of its bytes missing, which a decoder was seen to turn round in for ever. */
export const endlessFrame = bytesOf([
  'KLUv/WTuA70SACYnTT3wt0qTqgobAUgASABKAA2Qj6124hfRfKUKY08ChGLnqlzdWFqDd36z0q/YeVp4lmKYpQElGGfrmFonY9HUgEeZ',
  'eldxV9FRPGCUsRPpqmDYmjmumoirEp0wmiOq8FtZvpTf12NO+R2zQSJ0FulEpkqRgwiHHnE2rv7S1EuUahwNOEK/jzH2ck5FRnq5Okd+',
  '7WWElp7enbMZ5OtYOXpSnoKWZmCS+FPjKR5Nmg09vVyF+XLO6F4PSWcxymaU+HP1HpguMefYellhEVdh3odqcoHGGoajRZIXdFPnEEUy',
  'x3Z31u7S/LLPUSwBcBa+ktVFvo43OVLiMcwUPFjN3FZ6mgxdfMIxRmjrFBVZ1s0h4v2fjYU55mJqUvqJZhkUwOZj5BJvjv7iI2JpiniE',
  'r0+r36JMJICRqLEs7JwJpkpBkhppDCBCQgxy1gcQsLwaQMIWTqV0gwzpDV67HJfbQs/I+kcfxt/PlDmIpwDVWYz3zbwQNGUAJCOqby4s',
  'HKMZwaD/OKu+x+/ViPLP2kvi2UZl2/qvKWVSwvrhBB21QlFoALtlTzLHSPc+RlR8BEeTHPucnA7fsXm/PQ1xr7SSrnZZ7J5WBgWOuyYI',
  '7I1qIM4NA4ChYixAOFk9IBLNvrAj34IOtGXAGaiAT0RLawmGCz2xCtjOQuHGAc97hXG0/CAfHBMqPpyibmjp7myMHozvxekw+kBE1d5D',
  'Lb5iJA4XmIeagJyj6Ct75BVKN1cRjdQTQGBGnjdAGwwQef4uHJw2nb2NUUFXLQkjWg+8tqCW+xuOIrhTA9iO4ME=',
]);
