import { createContext, use } from 'react';
import type { Session } from '../api/session.ts';

interface Signed {
  session: Session;
  /** False while the server does not answer. */
  answers: boolean;
}

export const SessionContext = createContext<Signed | undefined>(undefined);

export function useSigned(): Signed {
  const signed = use(SessionContext);
  if (signed === undefined) throw new Error('Nobody is signed in');
  return signed;
}

/** The bucket and role that Amazon's SDKs use by default, and with them the console. */
export const defaultsOf = ({ region, accountId }: Session) => ({
  bucket: `sagemaker-${region}-${accountId}`,
  role: `arn:aws:iam::${accountId}:role/service-role/LinnetExecutionRole`,
  imageOf: (algorithm: string) => `382416733822.dkr.ecr.${region}.amazonaws.com/${algorithm}:1`,
});
