import { createCipheriv, createDecipheriv } from 'node:crypto';

/** Makes keys, and seals what has to be kept readable: signatures need the secret itself. */
export interface Secrets {
  newKey(prefix: 'AKIA' | 'ASIA'): { accessKeyId: string; secretAccessKey: string };
  /** A text that only the holder of this server's sealing key can read or make. */
  seal(text: string): string;
  /** Undefined for what this server did not seal. */
  unseal(sealed: string): string | undefined;
}

const nonceBytes = 12;
const tagBytes = 16;

/** `sealingKey`: 32 bytes. AES-256-GCM with a nonce drawn for each text. */
export function openSecrets(sealingKey: Uint8Array, random: (bytes: number) => Buffer): Secrets {
  return {
    newKey: (prefix) => ({
      // Amazon's own forms: 20 capitals and digits, and 40 letters.
      accessKeyId: `${prefix}${base32(random(10))}`,
      secretAccessKey: random(30).toString('base64'),
    }),
    seal(text) {
      const nonce = random(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce);
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
    },
    unseal(sealed) {
      const bytes = Buffer.from(sealed, 'base64');
      if (bytes.length < nonceBytes + tagBytes) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', sealingKey, bytes.subarray(0, nonceBytes));
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString();
      } catch {
        // The seal is broken, or another's.
        return undefined;
      }
    },
  };
}

function base32(bytes: Uint8Array): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join('');
}
