import { type ServerOptions, verifyAuditLog } from '../../server/index.ts';

/** `linnet audit verify`: says whether the log holds. Returns the exit code. */
export async function auditVerify(
  flags: Pick<ServerOptions, 'dataDir' | 'encryptionKeyFile'> & { json?: boolean; from?: string },
): Promise<number> {
  const verdict = await verifyAuditLog(flags, process.env, flags.from);
  const { lines, segments, firstLine, problem, folder } = verdict;
  const begin =
    firstLine === undefined
      ? ''
      : ` from line ${firstLine} on, which the file before it proves, the others being proven by it`;
  const text =
    problem === undefined
      ? `The audit log in ${folder} holds${begin}: ${lines} lines in ${segments} files, none changed, removed or cut off`
      : `The audit log in ${folder} does not hold after ${lines} lines. ${problem}`;
  process.stdout.write(flags.json ? `${JSON.stringify(verdict)}\n` : `${text}\n`);
  return problem === undefined ? 0 : 1;
}
