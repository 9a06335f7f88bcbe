import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { DataError, messageOf } from '../base/index.ts';
import type { ServerConfig } from './config.ts';

export interface Tls {
  pair: { cert: Buffer; key: Buffer };
  certificate: X509Certificate;
  /** Whether it is signed by itself: clients accept it only when they are given it. */
  isSelfSigned: boolean;
}

/** Reads the certificate and key of https. Throws DataError for files that cannot be read or do not belong together. */
export function readTls({ certFile, keyFile }: NonNullable<ServerConfig['tls']>): Tls {
  const pair = { cert: read(certFile), key: read(keyFile) };
  try {
    createSecureContext(pair);
  } catch (cause) {
    throw new DataError(
      `The certificate ${certFile} and the key ${keyFile} are no pair of PEM files: ${messageOf(cause)}`,
    );
  }
  const certificate = new X509Certificate(pair.cert);
  const isSelfSigned = certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
  return { pair, certificate, isSelfSigned };
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new DataError(`The TLS file ${file} cannot be read: ${messageOf(cause)}`, { source: file });
  }
}
