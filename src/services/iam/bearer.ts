import type { RecordChange } from '../../store/index.ts';
import type { IamContext } from './context.ts';
import type { Entity } from './edit.ts';
import { findGroup, putGroup } from './groups/group.ts';
import { findRole, putRole } from './role.ts';
import { findUser, putUser } from './users/user.ts';

/** Users, groups or roles. */
export interface Bearer {
  /** As in names of operations and members: `AttachUserPolicy`, `UserName`. */
  title: 'User' | 'Group' | 'Role';
  /** As policies list those they are attached to. */
  list: 'users' | 'groups' | 'roles';
  /** The most managed policies that may be attached: the highest that Amazon grants. */
  attachedMax: number;
  /** Characters of all own policies together. */
  inlineSizeMax: number;
  /** Throws NoSuchEntity. */
  find(context: IamContext, name: string): Promise<Entity<any>>;
  put(entity: Entity<any>, body: any, nowMs: number): RecordChange;
}

export const bearers: readonly Bearer[] = [
  { title: 'User', list: 'users', attachedMax: 20, inlineSizeMax: 2_048, find: findUser, put: putUser },
  { title: 'Group', list: 'groups', attachedMax: 10, inlineSizeMax: 5_120, find: findGroup, put: putGroup },
  // 10 is where accounts begin, and SDK 3 attaches 11 to its training role.
  { title: 'Role', list: 'roles', attachedMax: 20, inlineSizeMax: 10_240, find: findRole, put: putRole },
];
