// iam: users with their keys, groups, roles, and policies.
// It keeps them; what a caller may do is decided in services/access.
// Start reading at bearer.ts.
import type { ServiceTable } from '../../gateway/index.ts';
import { boundaryOperations } from './boundaries.ts';
import type { IamContext } from './context.ts';
import {
  addUserToGroup,
  createGroup,
  deleteGroup,
  getGroup,
  listGroups,
  listGroupsForUser,
  removeUserFromGroup,
  updateGroup,
} from './groups/groups.ts';
import {
  createPolicy,
  deletePolicy,
  getPolicy,
  listEntitiesForPolicy,
  listPolicies,
  listPolicyTags,
  tagPolicy,
  untagPolicy,
} from './policies.ts';
import {
  createPolicyVersion,
  deletePolicyVersion,
  getPolicyVersion,
  listPolicyVersions,
  setDefaultPolicyVersion,
} from './policy-versions.ts';
import { policyOperations } from './principal-policies.ts';
import {
  createRole,
  deleteRole,
  getRole,
  listInstanceProfilesForRole,
  listRoles,
  listRoleTags,
  tagRole,
  untagRole,
  updateAssumeRolePolicy,
  updateRole,
  updateRoleDescription,
} from './roles.ts';
import { simulateCustomPolicy, simulatePrincipalPolicy } from './simulate.ts';
import {
  createAccessKey,
  deleteAccessKey,
  getAccessKeyLastUsed,
  listAccessKeys,
  updateAccessKey,
} from './users/access-keys.ts';
import {
  createUser,
  deleteUser,
  getUser,
  listUsers,
  listUserTags,
  tagUser,
  untagUser,
  updateUser,
} from './users/users.ts';

const operations = {
  ...policyOperations(),
  ...boundaryOperations(),
  AddUserToGroup: addUserToGroup,
  CreateAccessKey: createAccessKey,
  CreateGroup: createGroup,
  CreateUser: createUser,
  DeleteAccessKey: deleteAccessKey,
  DeleteGroup: deleteGroup,
  DeleteUser: deleteUser,
  GetAccessKeyLastUsed: getAccessKeyLastUsed,
  GetGroup: getGroup,
  GetUser: getUser,
  ListAccessKeys: listAccessKeys,
  ListGroups: listGroups,
  ListGroupsForUser: listGroupsForUser,
  ListUsers: listUsers,
  ListUserTags: listUserTags,
  RemoveUserFromGroup: removeUserFromGroup,
  TagUser: tagUser,
  UntagUser: untagUser,
  UpdateAccessKey: updateAccessKey,
  UpdateGroup: updateGroup,
  UpdateUser: updateUser,
  SimulateCustomPolicy: simulateCustomPolicy,
  CreatePolicy: createPolicy,
  CreatePolicyVersion: createPolicyVersion,
  CreateRole: createRole,
  DeletePolicy: deletePolicy,
  DeletePolicyVersion: deletePolicyVersion,
  DeleteRole: deleteRole,
  GetPolicy: getPolicy,
  GetPolicyVersion: getPolicyVersion,
  GetRole: getRole,
  ListEntitiesForPolicy: listEntitiesForPolicy,
  ListInstanceProfilesForRole: listInstanceProfilesForRole,
  ListPolicies: listPolicies,
  ListPolicyTags: listPolicyTags,
  ListPolicyVersions: listPolicyVersions,
  ListRoles: listRoles,
  ListRoleTags: listRoleTags,
  SetDefaultPolicyVersion: setDefaultPolicyVersion,
  SimulatePrincipalPolicy: simulatePrincipalPolicy,
  TagPolicy: tagPolicy,
  TagRole: tagRole,
  UntagPolicy: untagPolicy,
  UntagRole: untagRole,
  UpdateAssumeRolePolicy: updateAssumeRolePolicy,
  UpdateRole: updateRole,
  UpdateRoleDescription: updateRoleDescription,
} as const;

/** IAM over a store. */
export const iamService = (context: IamContext): ServiceTable => ({
  service: 'iam',
  operations: Object.fromEntries(
    Object.entries(operations).map(([name, run]) => [
      name,
      async (call) => {
        try {
          return await run(context, call as never);
        } finally {
          // Even a write that failed may have reached the store.
          if (!/^(Get|List|Simulate)/.test(name)) context.changed?.();
        }
      },
    ]),
  ),
});
