import type { ServerConfig } from '../config.ts';
import { accepts, findServer } from '../data-folder/data-folder.ts';
import { advertisedHost } from '../names.ts';
import type { Finding } from './finding.ts';

/** Whether a server runs on the data folder, or could start on the port. */
export async function examinePort({ dataFolder, host, port }: ServerConfig): Promise<Finding> {
  const running = await findServer(dataFolder);
  if (running !== undefined)
    return { what: 'server', state: 'ok', text: `answers at ${running.address}, process ${running.pid}` };
  const address = `http://${advertisedHost(host)}:${port}`;
  if (port !== 0 && (await accepts(new URL(address))))
    return {
      what: 'server',
      state: 'wrong',
      text: `does not run, and another program uses port ${port}`,
      advice: 'Choose another port with --port, or 0 for any free one',
    };
  return {
    what: 'server',
    state: 'ok',
    text: `does not run; ${port === 0 ? 'any free port will do' : `port ${port} is free`}`,
  };
}
