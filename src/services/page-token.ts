/** An opaque token of a page's position. */
export const writeToken = (position: object): string => Buffer.from(JSON.stringify(position)).toString('base64url');

/** The position in a token that `writeToken` made and `isPosition` knows; undefined for any other text. */
export function readToken<Position>(
  token: string,
  isPosition: (value: unknown) => value is Position,
): Position | undefined {
  try {
    const position: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    return isPosition(position) ? position : undefined;
  } catch {
    return undefined;
  }
}
