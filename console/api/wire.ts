/** A shape of the AWS SDK as JSON brings it: times are seconds since 1970, bytes are base64. */
export type Wire<Shape> = Shape extends Date
  ? number
  : Shape extends Uint8Array
    ? string
    : Shape extends readonly (infer Item)[]
      ? Wire<Item>[]
      : Shape extends object
        ? { [Name in keyof Shape]: Wire<Shape[Name]> }
        : Shape;
