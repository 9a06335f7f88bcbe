// Reads questions as lines of JSON, and writes for each whether Linnet's evaluator allows it. For programs/policies/agree.py.
import { createInterface } from 'node:readline';
import { decide, readPolicy } from '../../../dist/src/policies/index.js';

const parsed = new Map();
const read = (text, kind) => {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const policy = readPolicy(text, kind);
  if (parsed.size > 1000) parsed.clear();
  parsed.set(text, policy);
  return policy;
};
const out = [];
for await (const line of createInterface({ input: process.stdin })) {
  const { principal, action, resource, context, identity, boundary, session, bucket } = JSON.parse(line);
  const decision = decide(
    { principal, action, resource, values: (key) => context[key] },
    {
      identity: identity.map((text) => read(text, 'identity')),
      boundary: boundary === null ? undefined : read(boundary, 'identity'),
      session: session === null ? undefined : session.map((text) => read(text, 'identity')),
      resource: bucket === null ? undefined : read(bucket, 'resource'),
    },
  );
  out.push(decision.allowed ? 'allowed' : decision.explicit ? 'explicitDeny' : 'implicitDeny');
}
process.stdout.write(`${out.join('\n')}\n`);
