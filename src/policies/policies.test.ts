// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies write their variables this way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError } from '../base/index.ts';
import { type Decision, decide, denialText, type Policy, type Principal, readPolicy } from './index.ts';

const account = '123456789012';
const user: Principal = {
  kind: 'user',
  accountId: account,
  arn: `arn:aws:iam::${account}:user/ann`,
  id: 'AIDAANNANNANNANN',
};
const session: Principal = {
  kind: 'session',
  accountId: account,
  arn: `arn:aws:sts::${account}:assumed-role/worker/job`,
  roleArn: `arn:aws:iam::${account}:role/team/worker`,
  roleId: 'AROAWORKER',
  id: 'AROAWORKER:job',
};

const policy = (statements: object | object[], version = '2012-10-17'): Policy =>
  readPolicy(JSON.stringify({ Version: version, Statement: statements }), 'identity');
const bucket = (statements: object | object[]): Policy =>
  readPolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), 'resource');
const allow = (more: object = {}): object => ({ Effect: 'Allow', Action: '*', Resource: '*', ...more });
const deny = (more: object = {}): object => ({ ...allow(more), Effect: 'Deny' });

type Context = Record<string, string | readonly string[]>;

interface Given {
  principal?: Principal;
  action?: string;
  resource?: string;
  context?: Context;
}

const ask = ({ principal = user, action = 's3:GetObject', resource = 'arn:aws:s3:::data/a', context = {} }: Given) => ({
  principal,
  action,
  resource,
  values: (key: string) => context[key],
});

const isAllowed = (statements: object | object[], given: Given = {}, version?: string): boolean =>
  decide(ask(given), { identity: [policy(statements, version)] }).allowed;

test('Actions are matched with wildcards and without case, resources with case', () => {
  const cases: [object, boolean][] = [
    [{ Action: 's3:getobject' }, true],
    [{ Action: 's3:Get*' }, true],
    [{ Action: 's3:G?tObject' }, true],
    [{ Action: 's3:*Version' }, false],
    [{ Action: ['iam:*', 'S3:*'] }, true],
    [{ Action: undefined, NotAction: 'iam:*' }, true],
    [{ Action: undefined, NotAction: ['iam:*', 's3:*'] }, false],
    [{ Resource: 'arn:aws:s3:::data/*' }, true],
    [{ Resource: 'arn:aws:s3:::Data/*' }, false],
    [{ Resource: 'arn:aws:s3:::data' }, false],
    [{ Resource: ['arn:aws:s3:::other/*', 'arn:aws:s3:::d?ta/a'] }, true],
    [{ Resource: undefined, NotResource: 'arn:aws:s3:::data/*' }, false],
    [{ Resource: undefined, NotResource: 'arn:aws:s3:::other/*' }, true],
    [{ Resource: 'arn:aws:s3' }, true],
    [{ Resource: 'arn:aws:sagemaker' }, false],
  ];
  for (const [more, expected] of cases) assert.equal(isAllowed(allow(more)), expected, JSON.stringify(more));
});

test('A wildcard stays in its field of an ARN, unless it ends the field', () => {
  const resource = `arn:aws:sagemaker:eu-west-1:${account}:endpoint/a:b`;
  const cases: [string, boolean][] = [
    ['arn:aws:sagemaker:*:*:endpoint/*', true],
    ['arn:aws:sagemaker:eu-*-1:*:endpoint/a:*', true],
    ['arn:aws:sagemaker:e*:endpoint/a:b', true],
    ['arn:aws:sagemaker:e*t/a:b:*:endpoint/a:b', false],
    ['arn:aws:sagemaker:eu-west-?:*:end*:b', true],
    [`arn:aws:sagemaker:*:${account}`, true],
    ['arn:aws:sagemaker:eu-west-1?123456789012:endpoint/a:b', false],
  ];
  for (const [Resource, expected] of cases)
    assert.equal(isAllowed(allow({ Resource }), { resource }), expected, Resource);
});

test('A pattern made to be slow takes no longer than its length', () => {
  const Resource = `arn:aws:s3:::${'a*'.repeat(1000)}b`;
  assert.equal(isAllowed(allow({ Resource }), { resource: `arn:aws:s3:::${'a'.repeat(1000)}` }), false);
});

test('Variables stand for values of the request, in resources and conditions', () => {
  const home = allow({ Resource: `arn:aws:s3:::data/\${aws:username}/*` });
  const at = (name: string | undefined, key: string, statement = home, version?: string) =>
    isAllowed(
      statement,
      { resource: `arn:aws:s3:::data/${key}`, context: name === undefined ? {} : { 'aws:username': name } },
      version,
    );
  assert.equal(at('ann', 'ann/x'), true);
  assert.equal(at('ann', 'bob/x'), false);
  assert.equal(at('*', 'bob/x'), false, 'a star in a value is no wildcard');
  assert.equal(at('*', '*/x'), true);
  assert.equal(at(undefined, 'ann/x'), false, 'a variable without a value matches nothing');
  const withDefault = allow({ Resource: `arn:aws:s3:::data/\${aws:username, 'all'}/*` });
  assert.equal(at(undefined, 'all/x', withDefault), true);
  const star = allow({ Resource: 'arn:aws:s3:::data/${*}${?}${$}' });
  assert.equal(at('ann', '*?$', star), true);
  assert.equal(at('ann', 'x?$', star), false);
  assert.equal(at('ann', 'ann/x', home, '2008-10-17'), false, 'policies of 2008 have no variables');
  const prefix = allow({ Condition: { StringLike: { 's3:prefix': 'home/${aws:username}/*' } } });
  const context = { 'aws:username': 'a*', 's3:prefix': 'home/abc/x' };
  assert.equal(isAllowed(prefix, { context }), false);
  assert.equal(isAllowed(prefix, { context: { ...context, 's3:prefix': 'home/a*/x' } }), true);
});

const none = undefined;
/** Operator, value of the policy, value of the request, whether it holds. */
const conditions: [string, unknown, string | readonly string[] | undefined, boolean][] = [
  ['StringEquals', 'a', 'a', true],
  ['StringEquals', 'a', 'A', false],
  ['StringEquals', ['b', 'a'], 'a', true],
  ['StringEquals', 'a', none, false],
  ['StringEquals', 'a*', 'ab', false],
  ['StringEquals', [], 'a', false],
  ['StringEqualsIfExists', 'a', none, true],
  ['StringEqualsIfExists', 'a', 'b', false],
  ['StringNotEquals', 'a', 'b', true],
  ['StringNotEquals', ['a', 'b'], 'b', false],
  ['StringNotEquals', 'a', none, true],
  ['StringNotEqualsIfExists', 'a', none, true],
  ['StringEqualsIgnoreCase', 'a', 'A', true],
  ['StringNotEqualsIgnoreCase', 'a', 'A', false],
  ['StringLike', 'a*c?', 'abcd', true],
  ['StringLike', 'a*c?', 'abc', false],
  ['StringNotLike', 'a*', 'abc', false],
  ['NumericEquals', '10', '10.0', true],
  ['NumericEquals', 10, '1e1', true],
  ['NumericEquals', '10', 'ten', false],
  ['NumericNotEquals', '10', '11', true],
  ['NumericLessThan', '10', '9', true],
  ['NumericLessThan', '10', '10', false],
  ['NumericLessThanEquals', '10', '10', true],
  ['NumericGreaterThan', '10', '11', true],
  ['NumericGreaterThanEquals', '10', '9', false],
  ['NumericLessThanIfExists', '10', none, true],
  ['DateEquals', '2026-01-01T00:00:00Z', '1767225600', true],
  ['DateLessThan', '2026-01-02', '2026-01-01T23:59:59Z', true],
  ['DateLessThan', '2026-01-01T00:00:00+01:00', '2025-12-31T23:00:00Z', false],
  ['DateGreaterThan', '2026-01-01', '2026-01-01T00:00:01Z', true],
  ['DateGreaterThanEquals', '1767225600', '2026-01-01T00:00:00Z', true],
  ['DateNotEquals', '2026-01-01', '2026-01-02T00:00:00Z', true],
  ['Bool', 'true', 'true', true],
  ['Bool', true, 'true', true],
  ['Bool', 'false', 'true', false],
  ['Bool', 'false', none, false],
  ['BoolIfExists', 'false', none, true],
  ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ5', true],
  ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ6', false],
  ['IpAddress', '192.0.2.0/24', '192.0.2.7', true],
  ['IpAddress', '192.0.2.0/24', '192.0.3.7', false],
  ['IpAddress', '192.0.2.7', '::ffff:192.0.2.7', true],
  ['IpAddress', ['10.0.0.0/8', '2001:db8::/32'], '2001:db8::1', true],
  ['IpAddress', '0.0.0.0/0', '192.0.2.7', true],
  ['NotIpAddress', '192.0.2.0/24', '192.0.2.7', false],
  ['NotIpAddress', '192.0.2.0/24', none, true],
  ['ArnEquals', 'arn:aws:iam::*:role/team/*', 'arn:aws:iam::123456789012:role/team/a/b', true],
  ['ArnLike', 'arn:aws:iam::1*:role/x', 'arn:aws:iam::123:user:role/x', false],
  ['ArnLike', 'arn:aws:sns:*:123:t', 'arn:aws:sns:eu:1:123:t', false],
  ['ArnNotLike', 'arn:aws:iam::*:role/a', 'arn:aws:iam::1:role/b', true],
  ['ArnNotEquals', 'arn:aws:iam::*:role/a', none, true],
  ['Null', 'true', none, true],
  ['Null', 'true', 'x', false],
  ['Null', 'false', 'x', true],
  ['Null', 'true', [], true],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b', 'a'], true],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
  ['ForAllValues:StringEquals', 'a', none, true],
  ['ForAllValues:StringNotEquals', ['a', 'b'], ['c', 'd'], true],
  ['ForAllValues:StringNotEquals', ['a', 'b'], ['c', 'a'], false],
  ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'b'], true],
  ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'd'], false],
  ['ForAnyValue:StringEquals', 'a', none, false],
  ['ForAnyValue:StringEqualsIfExists', 'a', none, true],
  ['ForAnyValue:StringNotEquals', 'a', ['a', 'b'], true],
  ['ForAnyValue:StringNotEquals', 'a', ['a'], false],
  ['ForAnyValue:StringNotEquals', 'a', none, false],
  ['ForAnyValue:StringLike', 'a*', ['b', 'ab'], true],
];

for (const [operator, expected, actual, holds] of conditions) {
  test(`${operator} ${JSON.stringify(expected)} ${holds ? 'holds' : 'does not hold'} for ${JSON.stringify(actual)}`, () => {
    const statement = allow({ Condition: { [operator]: { 'aws:Key': expected } } });
    const context: Context = actual === undefined ? {} : { 'aws:key': actual };
    assert.equal(isAllowed(statement, { context }), holds);
  });
}

test('All operators and keys of a statement have to hold', () => {
  const Condition = { StringEquals: { 'aws:a': '1', 'aws:b': '2' }, Bool: { 'aws:c': 'true' } };
  const context = { 'aws:a': '1', 'aws:b': '2', 'aws:c': 'true' };
  assert.equal(isAllowed(allow({ Condition }), { context }), true);
  for (const key of Object.keys(context))
    assert.equal(isAllowed(allow({ Condition }), { context: { ...context, [key]: 'x' } }), false);
});

test('Nothing is allowed that no statement allows, and an explicit deny wins anywhere', () => {
  assert.equal(decide(ask({}), { identity: [] }).allowed, false);
  assert.equal(isAllowed([allow(), deny({ Action: 's3:Get*' })]), false);
  assert.equal(isAllowed([deny({ Action: 's3:Get*' }), allow()]), false);
  assert.equal(isAllowed([allow(), deny({ Action: 's3:Put*' })]), true);
  const all = [policy(allow())];
  const no = policy(deny());
  assert.equal(decide(ask({}), { identity: [...all, no] }).allowed, false);
  assert.equal(decide(ask({}), { identity: all, boundary: no }).allowed, false);
  assert.equal(decide(ask({}), { identity: all, session: [no] }).allowed, false);
  assert.equal(decide(ask({}), { identity: all, resource: bucket(deny({ Principal: '*' })) }).allowed, false);
});

test('A boundary and the policies of a session only limit', () => {
  const all = policy(allow());
  const reads = policy(allow({ Action: 's3:Get*' }));
  const writes = policy(allow({ Action: 's3:Put*' }));
  const may = (identity: Policy[], more: object): boolean => decide(ask({}), { identity, ...more }).allowed;
  assert.equal(may([all], { boundary: reads }), true);
  assert.equal(may([all], { boundary: writes }), false);
  assert.equal(may([], { boundary: reads }), false);
  assert.equal(may([all], { session: [writes] }), false);
  assert.equal(may([all], { session: [writes, reads] }), true);
  assert.equal(may([all], { session: [reads], boundary: writes }), false);
});

test('What the policy of a resource grants depends on whom it names', () => {
  const naming = (AWS: string): Policy => bucket(allow({ Principal: { AWS } }));
  const writes = policy(allow({ Action: 's3:Put*' }));
  const decided = (principal: Principal, AWS: string, limits: object = {}): boolean =>
    decide(ask({ principal }), { identity: [], ...limits, resource: naming(AWS) }).allowed;
  const limits = { boundary: writes, session: [writes] };
  assert.equal(decided(user, user.arn, limits), true, 'a user that is named needs nothing else');
  assert.equal(decided(user, 'AIDAANNANNANNANN', limits), true);
  assert.equal(decided(user, '*', limits), true);
  assert.equal(decided(user, account), false, 'the account leaves it to its own policies');
  assert.equal(decided(user, `arn:aws:iam::${account}:root`), false);
  assert.equal(decided(user, session.arn), false);
  assert.equal(decided(session, session.arn, limits), true, 'a session that is named needs nothing else');
  assert.equal(decided(session, session.roleArn), true);
  assert.equal(decided(session, session.roleArn, { boundary: writes }), false);
  assert.equal(decided(session, session.roleArn, { session: [writes] }), false);
  assert.equal(decided({ kind: 'anonymous' }, '*'), true);
  assert.equal(decided({ kind: 'anonymous' }, account), false);
});

test('A deny by NotPrincipal spares only who is named in full', () => {
  const decided = (principal: Principal, AWS: string[]): boolean =>
    decide(ask({ principal }), { identity: [policy(allow())], resource: bucket(deny({ NotPrincipal: { AWS } })) })
      .allowed;
  assert.equal(decided(user, [account, user.arn]), true);
  assert.equal(decided(user, [user.arn]), false);
  assert.equal(decided(user, [account]), false);
  assert.equal(decided(session, [account, session.roleArn, session.arn]), true);
  assert.equal(decided(session, [account, session.roleArn]), false);
});

test('The account itself may do everything but what a resource denies it', () => {
  const principal: Principal = { kind: 'account', accountId: account, arn: `arn:aws:iam::${account}:root` };
  assert.equal(decide(ask({ principal }), { identity: [] }).allowed, true);
  const resource = bucket(deny({ Principal: { AWS: account } }));
  assert.equal(decide(ask({ principal }), { identity: [], resource }).allowed, false);
});

test('A denial is explained in the words of Amazon', () => {
  const text = (decision: Decision): string => {
    assert.equal(decision.allowed, false);
    return denialText(decision as Extract<Decision, { allowed: false }>, {
      who: user.arn,
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::data/a',
    });
  };
  assert.equal(
    text(decide(ask({}), { identity: [] })),
    `User: ${user.arn} is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::data/a because no identity-based policy allows the s3:GetObject action`,
  );
  assert.match(
    text(decide(ask({}), { identity: [policy(deny())] })),
    /with an explicit deny in an identity-based policy$/,
  );
  assert.match(
    text(decide(ask({}), { identity: [policy(allow())], boundary: policy(deny()) })),
    /with an explicit deny in a permissions boundary$/,
  );
});

test('A document that cannot be evaluated is refused with its place', () => {
  const statement = (more: object): string =>
    JSON.stringify({ Version: '2012-10-17', Statement: [allow(), allow(more)] });
  const cases: [string, 'identity' | 'trust' | 'resource', RegExp][] = [
    ['{', 'identity', /invalid Json/],
    ['[]', 'identity', /Syntax errors in policy/],
    ['{"Version":"2012-10-17"}', 'identity', /Missing required field Statement/],
    ['{"Version":"2012-10-17","Statement":[]}', 'identity', /Missing required field Statement/],
    ['{"Version":"2012","Statement":{}}', 'identity', /valid version string.*not "2012"/],
    ['{"Version":"2012-10-17","Statements":{}}', 'identity', /"Statements" is no element of a policy/],
    [statement({ Effect: 'allow' }), 'identity', /Invalid effect: "allow" \(Statement 2\)/],
    [statement({ Action: undefined }), 'identity', /must contain actions/],
    [statement({ NotAction: '*' }), 'identity', /Action or NotAction, not both/],
    [statement({ Action: 'GetObject' }), 'identity', /vendor.*"GetObject"/],
    [statement({ Action: 7 }), 'identity', /Action is a text or a list of texts, not 7/],
    [statement({ Action: [] }), 'identity', /Action is a text or a list of texts/],
    [statement({ Resource: undefined }), 'identity', /must contain resources/],
    [statement({ Resource: 'data' }), 'identity', /Resource data must be in ARN format/],
    [statement({ Principal: '*' }), 'identity', /should not specify a principal/],
    [statement({ Actions: '*' }), 'identity', /"Actions" is no element of a statement/],
    [statement({ Sid: 'a b' }), 'identity', /alpha-numeric, not "a b"/],
    [statement({ Condition: [] }), 'identity', /Condition is an object/],
    [statement({ Condition: { StringEqual: { 'aws:a': '' } } }), 'identity', /Invalid Condition type : StringEqual:/],
    [statement({ Condition: { NullIfExists: { 'aws:a': 'true' } } }), 'identity', /Invalid Condition type/],
    [statement({ Condition: { StringEquals: { a: '' } } }), 'identity', /condition key "a"/],
    [statement({ Condition: { StringEquals: { 'aws:a': {} } } }), 'identity', /takes texts, not \{\}/],
    [
      statement({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0' } } }),
      'identity',
      /"10.0.0" is not an IP address/,
    ],
    [statement({ Condition: { DateLessThan: { 'aws:CurrentTime': 'soon' } } }), 'identity', /"soon" is not a date/],
    [statement({ Condition: { NumericEquals: { 's3:max-keys': 'ten' } } }), 'identity', /"ten" is not a number/],
    [statement({ Condition: { Bool: { 'aws:a': 'yes' } } }), 'identity', /"yes" is neither true nor false/],
    [statement({}), 'resource', /Missing required field Principal \(Statement 1\)/],
    [JSON.stringify({ Statement: allow({ Principal: { AWS: 'ann' } }) }), 'resource', /"ann" is no account/],
    [JSON.stringify({ Statement: allow({ Principal: { AWS: 'arn:aws:iam::*:user/a' } }) }), 'resource', /wildcard/],
    [JSON.stringify({ Statement: allow({ Principal: {} }) }), 'resource', /neither "\*" nor an object/],
    [JSON.stringify({ Statement: allow({ Principal: { User: '*' } }) }), 'resource', /"User" is none of/],
    [JSON.stringify({ Statement: allow({ Principal: '*' }) }), 'trust', /prohibited field Resource/],
    [
      JSON.stringify({
        Statement: [
          { Sid: 'a', ...allow() },
          { Sid: 'a', ...allow() },
        ],
      }),
      'identity',
      /must be unique/,
    ],
    [JSON.stringify({ Statement: allow({ Resource: 'arn:aws:s3:::\ud800' }) }), 'identity', /surrogate/],
  ];
  for (const [text, kind, message] of cases) {
    assert.throws(
      () => readPolicy(text, kind),
      (thrown) => thrown instanceof DataError && message.test(thrown.message),
      text,
    );
  }
});

test('A policy names the keys that have to be found out for it', () => {
  const { mentions } = policy(
    allow({
      Resource: 'arn:aws:s3:::data/${aws:username}/*',
      Condition: { StringLike: { 'aws:ResourceTag/Team': ['${aws:PrincipalTag/Team}'] } },
    }),
  );
  assert.deepEqual([...mentions].sort(), ['aws:principaltag/team', 'aws:resourcetag/team', 'aws:username']);
});
