// server: the one place that builds everything and joins the rooms.
// It never decides anything about a request; it knows where programs and data lie.
// Start reading at start.ts.
export {
  type Credentials,
  optionVariables,
  portDefault,
  readConfig,
  type ServerConfig,
  type ServerOptions,
} from './config.ts';
export { readServerNote, type ServerNote } from './data-folder.ts';
export { type RunningServer, startServer } from './start.ts';
