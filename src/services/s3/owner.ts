/** A canonical user id has 64 hexadecimal digits. */
export const ownerId = (accountId: string): string => accountId.padStart(64, '0');
