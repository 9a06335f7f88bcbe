import type { Call, GatewayOptions, ServiceTable } from '../../gateway/index.ts';
import type { Objects, Records } from '../../store/index.ts';
import { iamService } from '../iam/index.ts';
import { keyUses } from '../iam/users/key-uses.ts';
import { createRegions } from '../regions.ts';
import { stsService } from '../sts/index.ts';
import type { IdentityOptions } from './account.ts';
import { openDoor } from './door.ts';
import { openIdentities } from './identities.ts';
import type { RoleRequest } from './need.ts';
import { objectsAs } from './objects-as.ts';
import { requireInRole } from './require-in-role.ts';
import { openSecrets } from './secrets.ts';

export interface IdentityServicesOptions extends IdentityOptions {
  records: Records;
  objects: Objects;
  /** The region whose ids are plain. */
  region: string;
  /** The account's own key. */
  root: { accessKeyId: string; secretAccessKey: string };
  /** 32 bytes that secrets and sessions are sealed with. */
  sealingKey: Uint8Array;
  /** Bytes drawn at random. */
  drawn(count: number): Buffer;
  newId(): string;
  nowMs(): number;
}

export interface IdentityServices {
  /** STS and IAM. */
  tables: ServiceTable[];
  keyOf: GatewayOptions['keyOf'];
  authorise(call: Call): Promise<void>;
  /** Objects as a role may read and write them. */
  objectsAs(objects: Objects, role: string | undefined): Objects;
  /** Throws the refusal of what a role may not do, for operations that are done in its name without a request. */
  requireInRole(role: string, request: RoleRequest): Promise<void>;
}

/** Users, roles and sessions: the services that keep them, and the door that holds every operation against their policies. */
export function identityServices(options: IdentityServicesOptions): IdentityServices {
  const { records, region } = options;
  const secrets = openSecrets(options.sealingKey, options.drawn);
  const identities = openIdentities({ ...options, secrets });
  const { recordsOf } = createRegions(records, region);
  const uses = keyUses({ records });
  return {
    tables: [
      stsService({ ...options, secrets }),
      iamService({ ...options, secrets, uses, changed: () => identities.changed() }),
    ],
    keyOf: (accessKeyId, token) => identities.keyOf(accessKeyId, token),
    authorise: openDoor({ ...options, recordsOf, identities, uses }),
    objectsAs: (objects, role) => objectsAs(objects, role, { ...options, identities }),
    requireInRole: (role, request) => requireInRole(role, request, { ...options, identities }),
  };
}
