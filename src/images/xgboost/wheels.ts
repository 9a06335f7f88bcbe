/** The version that Amazon's newest image has, and the last that reads the models of old ones. */
export const xgboostVersion = '3.0.5';

/** A package of a Python index that carries the library. */
export interface Wheel {
  package: string;
  /** Of the file, as the index serves it. */
  sha256: string;
  /** Where the library lies in it. */
  library: string;
}

/** By Node's names of system and processor. On Linux the library needs glibc 2.28 or newer. */
export const xgboostWheels: Readonly<Record<string, Wheel>> = {
  'linux-x64': {
    package: 'xgboost-cpu',
    sha256: 'ed5c141b88e53777b9bf8786881fd6e2e9032837c7e349052ab40363a14ac708',
    library: 'xgboost/lib/libxgboost.so',
  },
  'linux-arm64': {
    package: 'xgboost-cpu',
    sha256: '9495654dc19b2bbf7f18328566adce2d3504dabf998f1185fac16ba6125d3fcb',
    library: 'xgboost/lib/libxgboost.so',
  },
  'darwin-arm64': {
    package: 'xgboost',
    sha256: '40c324c329bf74f44571cdafb7aa7435366309d76ec14b3e16874862aeb14351',
    library: 'xgboost/lib/libxgboost.dylib',
  },
  'darwin-x64': {
    package: 'xgboost',
    sha256: 'f974028c7a0c3ae51ef87e2900405436ddafff46452f6f334f5cc295e921429b',
    library: 'xgboost/lib/libxgboost.dylib',
  },
};
