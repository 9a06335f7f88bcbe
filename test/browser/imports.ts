/** Where a page finds the packages that browser-safe rooms use. */
export const imports = {
  '@foxglove/crc': '/node_modules/@foxglove/crc/dist/esm/src/index.js',
  fflate: '/node_modules/fflate/esm/browser.js',
  nanotar: '/node_modules/nanotar/dist/index.mjs',
  fzstd: '/node_modules/fzstd/esm/index.mjs',
  hysnappy: '/node_modules/hysnappy/js/index.js',
  hyparquet: '/node_modules/hyparquet/src/index.js',
  'hyparquet/': '/node_modules/hyparquet/',
  'hyparquet-compressors': '/node_modules/hyparquet-compressors/src/index.js',
  'zstddec/stream': '/node_modules/zstddec/dist/zstddec-stream.mjs',
};
