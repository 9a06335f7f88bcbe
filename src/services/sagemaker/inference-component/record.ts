import type { EndpointBody } from '../endpoint/record.ts';

/** An inference component lives as an endpoint does: its copies are the instances of its one variant. */
export type ComponentBody = EndpointBody & {
  component: {
    endpoint: string;
    variant: string;
  };
};

/** The statuses that Amazon has for components. */
export const shownStatus = (status: string): string => {
  if (status === 'RollingBack') return 'Updating';
  return status === 'UpdateRollbackFailed' ? 'InService' : status;
};
