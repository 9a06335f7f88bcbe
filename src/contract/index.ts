// contract: the container contract as data: paths, config files, exit rules.
// It never does anything; the platform and the algorithms both read it and never each other.
// Start reading at paths.ts.
export * from './check.ts';
export * from './frames.ts';
export * from './manifest.ts';
export * from './no-data.ts';
export * from './paths.ts';
export * from './serving.ts';
export * from './standby.ts';
export * from './training.ts';
