import { buildApplication, buildCommand, buildRouteMap, run as runApplication, text_en } from '@stricli/core';
import { DataError, messageOf, ServiceError, Unavailable } from '../base/index.ts';
import { packageVersion, type ServerOptions, settings } from '../server/index.ts';
import { completion, propose, proposeFiles, proposeWord, shells } from './completion/completion.ts';
import { imageNames, jobNames, knownImages } from './completion/propose.ts';
import { keyCommands } from './encryption-key/commands.ts';
import { auditCommands, userCommands } from './identity/commands.ts';
import type { AddFlags, ImageFlags, ListFlags } from './image.ts';
import { dataDirFlag, serverFlags } from './options.ts';
import { reportCommand } from './report/commands.ts';
import { endpointsCommands, jobsCommands, s3Commands } from './server/commands.ts';
import {
  compareCommand,
  convertCommand,
  describeCommand,
  evaluateCommand,
  explainCommand,
  exportCommand,
  inspectCommand,
  predictCommand,
  serveCommand,
  trainCommand,
  tuneCommand,
} from './tables/commands.ts';
import { coloursFor } from './terminal/colours.ts';
import { terminalWidth, wrapped } from './terminal/wrapped.ts';

const json = { kind: 'boolean', optional: true, withNegated: false, brief: 'One line of JSON for programs' } as const;

// Commands load their code when they run: `linnet env` in a shell's start-up must be quick.
const upCommand = buildCommand({
  docs: { brief: 'Start the service' },
  parameters: { flags: { ...serverFlags, json } },
  func: async (flags: ServerOptions & { json?: boolean }) => (await import('./up.ts')).up(flags),
});

const envCommand = buildCommand({
  docs: { brief: 'Print the exports that point a shell at the running service' },
  parameters: { flags: { ...dataDirFlag, json } },
  func: async (flags: { dataDir?: string; json?: boolean }) => (await import('./env.ts')).env(flags),
});

const runCommand = buildCommand({
  docs: {
    brief: 'Run a program against the service: linnet run -- python notebook.py',
    fullDescription:
      'Runs a program against the service that runs on the data folder, or starts one for as long as the program runs.',
  },
  parameters: {
    flags: serverFlags,
    positional: {
      kind: 'array',
      parameter: {
        brief: 'Program and its arguments, after --',
        parse: String,
        placeholder: 'program',
        proposeCompletions: proposeFiles,
      },
    },
  },
  func: async (flags: ServerOptions, ...command: string[]) => {
    process.exitCode = await (await import('./run.ts')).run(flags, command);
  },
});

const backupFile = (brief: string) =>
  ({
    kind: 'tuple',
    parameters: [{ brief, parse: String, placeholder: 'file', proposeCompletions: proposeFiles }],
  }) as const;

const backupCommand = buildCommand({
  docs: {
    brief: 'Write everything that is kept to a file: linnet backup FILE',
    fullDescription:
      'Writes records, objects, the access key, settings and the list of images, all as they are at one moment, while the service goes on. The file is a tar archive with a hash of each entry and of the whole. What jobs are doing right now is not part of it. linnet backup - writes to standard output.',
  },
  parameters: {
    flags: {
      ...dataDirFlag,
      databaseUrl: serverFlags.databaseUrl,
      withImages: {
        kind: 'boolean',
        optional: true,
        withNegated: false,
        brief: 'Take the files of images that were added along',
      },
      json,
    },
    positional: backupFile('File to write, or - for standard output'),
  },
  func: async (
    flags: Pick<ServerOptions, 'dataDir' | 'databaseUrl'> & { withImages?: boolean; json?: boolean },
    target: string,
  ) => (await import('./backup/backup.ts')).backup(flags, target),
});

const restoreCommand = buildCommand({
  docs: {
    brief: 'Make a data folder of a backup: linnet restore FILE',
    fullDescription:
      'Makes a new data folder of a backup and checks every hash in it. A folder that is not empty is refused. linnet restore - reads standard input. Then linnet up serves the same endpoints.',
  },
  parameters: {
    flags: {
      ...dataDirFlag,
      databaseUrl: serverFlags.databaseUrl,
      check: { kind: 'boolean', optional: true, withNegated: false, brief: 'Only check the backup, and write nothing' },
      json,
    },
    positional: backupFile('File of linnet backup, or - for standard input'),
  },
  func: async (
    flags: Pick<ServerOptions, 'dataDir' | 'databaseUrl'> & { check?: boolean; json?: boolean },
    source: string,
  ) => (await import('./backup/restore.ts')).restoreBackup(flags, source),
});

const statusCommand = buildCommand({
  docs: { brief: 'Show whether the service is ready, its newest training jobs and its endpoints' },
  parameters: { flags: { ...dataDirFlag, json } },
  func: async (flags: { dataDir?: string; json?: boolean }) => (await import('./status.ts')).status(flags),
});

const logsCommand = buildCommand({
  docs: {
    brief: 'Print the log of a job or endpoint: linnet logs JOB -f',
    fullDescription:
      'Prints the lines that are there. With -f it goes on printing until the job ends, and exits with 1 when the job failed; the log of an endpoint goes on until Ctrl-C.',
  },
  parameters: {
    flags: {
      ...dataDirFlag,
      follow: { kind: 'boolean', optional: true, withNegated: false, brief: 'Go on until the job ends' },
    },
    aliases: { f: 'follow' },
    positional: {
      kind: 'tuple',
      parameters: [
        {
          brief: 'Name of the training job or endpoint',
          parse: String,
          placeholder: 'name',
          proposeCompletions: jobNames,
        },
      ],
    },
  },
  func: async (flags: { dataDir?: string; follow?: boolean }, name: string) => {
    process.exitCode = await (await import('./logs.ts')).logs(flags, name);
  },
});

const doctorCommand = buildCommand({
  docs: {
    brief: 'Look at this machine: versions, disk, port, clock, and what is missing',
    fullDescription:
      'Says of each thing whether it is ok, and what to do where it is not. Exits with 1 when something keeps the service from starting on these settings.',
  },
  parameters: {
    flags: {
      ...dataDirFlag,
      host: serverFlags.host,
      port: serverFlags.port,
      encryptionKeyFile: serverFlags.encryptionKeyFile,
      json,
    },
  },
  func: async (flags: Pick<ServerOptions, 'dataDir' | 'host' | 'port' | 'encryptionKeyFile'> & { json?: boolean }) => {
    process.exitCode = await (await import('./doctor.ts')).doctor(flags);
  },
});

const imageName = {
  brief: 'Name of the image',
  parse: String,
  placeholder: 'name',
  proposeCompletions: imageNames,
} as const;
const imageVersion = {
  brief: 'Its version; all of them when left out',
  parse: String,
  placeholder: 'version',
  optional: true,
} as const;
const file = (brief: string) =>
  ({ kind: 'parsed', parse: String, optional: true, brief, placeholder: 'file' }) as const;

const imageCommands = buildRouteMap({
  docs: { brief: 'Images besides the built-in ones, in the data folder' },
  routes: {
    add: buildCommand({
      docs: {
        brief: 'Add an image: linnet image add xgboost',
        fullDescription:
          'A folder with the programs train, serve or both of the container contract becomes an image of your own: linnet image add NAME FOLDER. sklearn, xgboost-script, mxnet, tensorflow and pytorch are environments for scripts, made once with pip or uv. xgboost is the library behind the built-in XGBoost image. It comes as a wheel from the package index that pip or uv is set up for, and is checked against a hash that Linnet knows. onnx is the runtime behind the built-in image that serves model.onnx; it comes through npm, and is checked the same way. A server that runs on the data folder needs no restart.',
      },
      parameters: {
        flags: {
          ...dataDirFlag,
          wheel: file('For xgboost: a wheel that was fetched elsewhere'),
          library: file('For xgboost: a library of your own, such as libxgboost.so'),
          package: file('For onnx: the package onnxruntime-web as a .tgz that was fetched elsewhere'),
          version: {
            kind: 'parsed',
            parse: String,
            optional: true,
            brief: 'For a framework: its version, default the newest; for a folder: the tag of the image, default 1',
            placeholder: 'version',
          },
          use: {
            kind: 'parsed',
            parse: String,
            optional: true,
            brief: 'For a framework: a version that runs in place of the one that the image means',
            placeholder: 'version',
          },
          python: file('For a framework: the Python to make its environment with; default python3'),
          index: {
            kind: 'parsed',
            parse: String,
            optional: true,
            brief: 'For a framework: a further package index, such as one of builds without CUDA',
            placeholder: 'address',
          },
          json,
        },
        positional: {
          kind: 'tuple',
          parameters: [
            { ...imageName, proposeCompletions: knownImages },
            {
              brief: 'Folder with the programs train, serve or both',
              parse: String,
              placeholder: 'folder',
              optional: true,
              proposeCompletions: proposeFiles,
            },
          ],
        },
      },
      func: async (flags: AddFlags, name: string, folder?: string) =>
        (await import('./image.ts')).addImage(flags, name, folder),
    }),
    list: buildCommand({
      docs: { brief: 'List the images that were added, and with --containers those of a container engine' },
      parameters: { flags: { ...dataDirFlag, containers: serverFlags.containers, json } },
      func: async (flags: ListFlags) => (await import('./image.ts')).listImages(flags),
    }),
    inspect: buildCommand({
      docs: { brief: 'Show everything that is known of an image, as JSON' },
      parameters: {
        flags: { ...dataDirFlag, json },
        positional: { kind: 'tuple', parameters: [imageName, imageVersion] },
      },
      func: async (flags: ImageFlags, name: string, version?: string) =>
        (await import('./image.ts')).inspectImage(flags, name, version),
    }),
    remove: buildCommand({
      docs: { brief: 'Remove an image, or one version of it' },
      parameters: {
        flags: { ...dataDirFlag, json },
        positional: { kind: 'tuple', parameters: [imageName, imageVersion] },
      },
      func: async (flags: ImageFlags, name: string, version?: string) =>
        (await import('./image.ts')).dropImage(flags, name, version),
    }),
  },
});

const completionCommand = buildCommand({
  docs: {
    brief: 'Print what completes commands in a shell: eval "$(linnet completion bash)"',
    fullDescription:
      'Prints a script that completes commands, options, jobs, endpoints and images. bash and zsh read it by eval "$(linnet completion bash)" in ~/.bashrc or ~/.zshrc, fish by linnet completion fish | source in ~/.config/fish/config.fish.',
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        { brief: 'bash, zsh or fish', parse: String, placeholder: 'shell', proposeCompletions: () => shells },
      ],
    },
  },
  func: (_: Record<never, never>, shell: string) => completion(shell),
});

const application = buildApplication(
  buildRouteMap({
    routes: {
      train: trainCommand,
      tune: tuneCommand,
      predict: predictCommand,
      evaluate: evaluateCommand,
      explain: explainCommand,
      compare: compareCommand,
      describe: describeCommand,
      inspect: inspectCommand,
      convert: convertCommand,
      export: exportCommand,
      serve: serveCommand,
      up: upCommand,
      env: envCommand,
      run: runCommand,
      status: statusCommand,
      logs: logsCommand,
      jobs: jobsCommands,
      endpoints: endpointsCommands,
      s3: s3Commands,
      report: reportCommand,
      doctor: doctorCommand,
      backup: backupCommand,
      restore: restoreCommand,
      key: keyCommands,
      image: imageCommands,
      user: userCommands,
      audit: auditCommands,
      completion: completionCommand,
    },
    docs: {
      brief: 'A self-hosted, SageMaker-compatible machine-learning service',
      fullDescription:
        'A self-hosted, SageMaker-compatible machine-learning service.\nlinnet help COMMAND explains a command.',
    },
  }),
  {
    name: 'linnet',
    versionInfo: { currentVersion: packageVersion() },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { useAliasInUsageLine: false },
    determineExitCode: (thrown) => (thrown instanceof DataError && thrown.place.source === settings ? 2 : 1),
    localization: { text: { ...text_en, exceptionWhileRunningCommand: described } },
  },
);

/** Runs the command line. Exit codes: 0 done, 1 failed, 2 wrong usage; `run` exits as its program does. */
export async function main(args: readonly string[]): Promise<void> {
  if (args[0] === proposeWord) return propose(application, args.slice(1), { process: forStricli() });
  const inputs = args.length === 0 ? ['--help'] : args[0] === 'help' ? [...args.slice(1), '--help'] : args;
  await runApplication(application, inputs, { process: forStricli() });
  // Stricli's own codes for an unknown command or a wrong argument are negative.
  if (typeof process.exitCode === 'number' && process.exitCode < 0) process.exitCode = 2;
}

/** The process as the library sees it: its help, which is all that it prints to standard output, is wrapped. */
function forStricli() {
  const stdout = { write: (text: string): void => void process.stdout.write(wrapped(text, terminalWidth())) };
  return {
    stdout,
    stderr: process.stderr,
    env: process.env,
    get exitCode() {
      return process.exitCode as number;
    },
    set exitCode(code: number) {
      process.exitCode = code;
    },
  };
}

/** Prints the message of a user's mistake or an outside failure, and the stack of a bug of ours. */
function described(thrown: unknown): string {
  const name = coloursFor(process.stderr).red('linnet:');
  if (thrown instanceof DataError || thrown instanceof Unavailable || thrown instanceof ServiceError)
    return thrown.message.replace(/^/gm, `${name} `);
  return `${name} ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : messageOf(thrown)}`;
}
