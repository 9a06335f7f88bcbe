/** Who asks. */
export type Principal =
  | { kind: 'anonymous' }
  /** The holder of the account itself, who may do everything. */
  | { kind: 'account'; accountId: string; arn: string; roleArn?: string }
  | { kind: 'user'; accountId: string; arn: string; id: string }
  /** A role that somebody acts in. */
  | { kind: 'session'; accountId: string; arn: string; roleArn: string; roleId: string; id: string }
  | { kind: 'service'; name: string };

/** The element Principal or NotPrincipal. */
export interface PrincipalRule {
  not: boolean;
  anyone: boolean;
  aws: readonly AwsPrincipal[];
  services: readonly string[];
}

export type AwsPrincipal =
  | { kind: 'account'; accountId: string }
  /** The ARN of a user, role or session, or the unique id that IAM puts in its place when it is gone. */
  | { kind: 'one'; name: string };

/**
 * How a statement speaks of a principal. It makes a difference: what names a role is limited by the boundary and the policies of its
 * session, what names the session or everybody is not, and what names the account leaves it to the account's own policies.
 */
export type Naming = 'itself' | 'role' | 'account';

/** Undefined where the statement does not speak of the principal. */
export function namingOf(rule: PrincipalRule, principal: Principal): Naming | undefined {
  if (rule.not) return isExempt(rule, principal) ? undefined : 'itself';
  return named(rule, principal);
}

function named(rule: PrincipalRule, principal: Principal): Naming | undefined {
  if (rule.anyone) return 'itself';
  if (principal.kind === 'anonymous') return undefined;
  if (principal.kind === 'service') return rule.services.includes(principal.name) ? 'itself' : undefined;
  let best: Naming | undefined;
  for (const aws of rule.aws) {
    const naming = namedBy(aws, principal);
    if (naming === 'itself') return naming;
    if (naming === 'role' || best === undefined) best = naming ?? best;
  }
  return best;
}

function namedBy(
  aws: AwsPrincipal,
  principal: Exclude<Principal, { kind: 'anonymous' | 'service' }>,
): Naming | undefined {
  if (aws.kind === 'account') return aws.accountId === principal.accountId ? 'account' : undefined;
  if (aws.name === principal.arn) return 'itself';
  switch (principal.kind) {
    case 'account':
      return aws.name === principal.roleArn ? 'role' : undefined;
    case 'user':
      return aws.name === principal.id ? 'itself' : undefined;
    default:
      return aws.name === principal.roleArn || aws.name === principal.roleId ? 'role' : undefined;
  }
}

/** NotPrincipal exempts whoever it names in full: a user with the account, a session with its role and the account. */
function isExempt(rule: PrincipalRule, principal: Principal): boolean {
  if (rule.anyone) return true;
  if (principal.kind === 'anonymous') return false;
  if (principal.kind === 'service') return rule.services.includes(principal.name);
  const namings = new Set(rule.aws.map((aws) => namedBy(aws, principal)));
  if (principal.kind === 'account') return namings.has('account') || namings.has('itself');
  if (!namings.has('account') || !namings.has('itself')) return false;
  return principal.kind === 'user' || namings.has('role');
}

/** The key aws:PrincipalArn: of a session, its role. */
export const principalArnOf = (principal: Principal): string | undefined => {
  if (principal.kind === 'anonymous' || principal.kind === 'service') return undefined;
  return principal.kind === 'user' ? principal.arn : (principal.roleArn ?? principal.arn);
};
