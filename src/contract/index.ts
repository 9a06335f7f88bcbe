// contract: the container contract: paths, config files, exit rules, frames, and what an algorithm says of itself.
// It never touches a file, a program or a connection; platform and algorithms both read it and never each other.
// Start reading at paths.ts.
export * from './check.ts';
export * from './explanations.ts';
export * from './frames.ts';
export * from './hosts.ts';
export * from './manifest.ts';
export * from './no-data.ts';
export * from './paths.ts';
export * from './preparation.ts';
export * from './processing.ts';
export * from './serving.ts';
export * from './standby.ts';
export * from './training.ts';
