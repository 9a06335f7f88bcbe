import { existsSync } from 'node:fs';
import { auditFolder, chainKey, type Verdict, verifyAudit } from '../audit/index.ts';
import { DataError } from '../base/index.ts';
import { readConfig, type ServerOptions } from './config.ts';
import { openEncryption } from './data-folder/encryption.ts';
import { keepSealingKey, sealingKeyFile } from './data-folder/secrets.ts';

/** Reads the audit log of a data folder, whose server may run. Throws DataError where there is none. */
export async function verifyAuditLog(
  options: Pick<ServerOptions, 'dataDir' | 'encryptionKeyFile'>,
  environment: Readonly<Record<string, string | undefined>>,
  from?: string,
): Promise<Verdict & { folder: string }> {
  const { dataFolder, encryptionKeyFile } = readConfig(options, environment);
  const folder = auditFolder(dataFolder);
  if (!existsSync(sealingKeyFile(dataFolder)) || !existsSync(folder))
    throw new DataError(`The data folder ${dataFolder} has no audit log: one begins with the first start of linnet up`);
  const sealingKey = await keepSealingKey(dataFolder, openEncryption(dataFolder, encryptionKeyFile));
  return { ...(await verifyAudit(folder, chainKey(sealingKey), from === undefined ? {} : { from })), folder };
}
