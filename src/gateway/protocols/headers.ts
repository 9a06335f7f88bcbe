import { ServiceError } from '../../base/index.ts';
import { headerText } from '../http/wire-request.ts';
import type { Member, OperationModel } from '../model/service-model.ts';
import { setOwn } from '../shapes/json.ts';
import { writeText } from '../shapes/xml.ts';

/** Response headers of the members that travel as headers. */
export function writeHeaders(operation: OperationModel, output: Record<string, unknown>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const member of operation.output.members) {
    const value = output[member.name];
    if (value === undefined || value === null) continue;
    if (member.location === 'header')
      headers[member.headerName] = headerValue(member.wireName, writeHeader(member, value));
    if (member.location === 'headers') {
      for (const [name, entry] of Object.entries(value)) {
        headers[`${member.wireName}${name}`.toLowerCase()] = headerValue(name, String(entry));
      }
    }
  }
  return headers;
}

function writeHeader(member: Member, value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(',');
  return writeText(member.shape, value, member.timestampFormat ?? 'rfc822');
}

/** A value as Node expects it: one character for each byte of its UTF-8. Throws InvalidArgument (400) for control characters. */
export function headerValue(name: string, text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text))
    throw new ServiceError('InvalidArgument', `${name} has control characters and cannot be sent as a header`, {
      status: 400,
    });
  return /[\u0080-\uffff]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

/** The entries of a member that stands for all headers with a prefix, such as x-amz-meta-. */
export function readPrefixed(
  member: Member,
  pairs: Iterable<readonly [name: string, value: string]>,
): Record<string, unknown> | undefined {
  let found: Record<string, unknown> | undefined;
  for (const [name, value] of pairs) {
    if (!name.startsWith(member.headerName) || name.length === member.wireName.length) continue;
    found ??= {};
    setOwn(found, name.slice(member.wireName.length), headerText(value));
  }
  return found;
}
