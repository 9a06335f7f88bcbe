import { type ComponentType, lazy } from 'react';
import { HomePage } from '../pages/home/home-page.tsx';
import { Bars, Chip, Cube, Cylinder, House, Ledger, People, Steps, Waves } from '../parts/icons.tsx';

/** The nouns on the left. */
export const nouns = [
  { href: '/', title: 'Home', key: 'h', Icon: House },
  { href: '/data', title: 'Data', key: 'd', Icon: Cylinder },
  { href: '/train', title: 'Train', key: 't', Icon: Chip },
  { href: '/jobs', title: 'Jobs', key: 'j', Icon: Bars },
  { href: '/models', title: 'Models', key: 'm', Icon: Cube },
  { href: '/endpoints', title: 'Endpoints', key: 'e', Icon: Waves },
  { href: '/pipelines', title: 'Pipelines', key: 'p', Icon: Steps },
  { href: '/users', title: 'Users', key: 'u', Icon: People },
  { href: '/audit', title: 'Audit', key: 'a', Icon: Ledger },
] as const;

/** A page of its own module, loaded when it is first shown. */
const page = <Name extends string>(load: () => Promise<Record<Name, ComponentType>>, name: Name) =>
  lazy(async () => ({ default: (await load())[name] }));

export const routes: readonly (readonly [path: string, page: ComponentType])[] = [
  ['/', HomePage],
  ['/jobs', page(() => import('../pages/jobs/jobs-page.tsx'), 'JobsPage')],
  ['/jobs/compare', page(() => import('../pages/jobs/compare-page.tsx'), 'ComparePage')],
  ['/jobs/:kind/:name', page(() => import('../pages/jobs/job-page.tsx'), 'JobPage')],
  ['/endpoints', page(() => import('../pages/endpoints/endpoints-page.tsx'), 'EndpointsPage')],
  ['/endpoints/:name', page(() => import('../pages/endpoints/endpoint-page.tsx'), 'EndpointPage')],
  ['/models', page(() => import('../pages/models/models-page.tsx'), 'ModelsPage')],
  ['/models/groups/:name', page(() => import('../pages/models/group-page.tsx'), 'GroupPage')],
  ['/models/:name', page(() => import('../pages/models/model-page.tsx'), 'ModelPage')],
  ['/data', page(() => import('../pages/data/buckets-page.tsx'), 'BucketsPage')],
  ['/data/:bucket/*?', page(() => import('../pages/data/bucket-page.tsx'), 'BucketPage')],
  ['/pipelines', page(() => import('../pages/pipelines/pipelines-page.tsx'), 'PipelinesPage')],
  ['/pipelines/:name', page(() => import('../pages/pipelines/pipeline-page.tsx'), 'PipelinePage')],
  ['/users', page(() => import('../pages/users/users-page.tsx'), 'UsersPage')],
  ['/audit', page(() => import('../pages/audit/audit-page.tsx'), 'AuditPage')],
  ['/train', page(() => import('../pages/train/train-page.tsx'), 'TrainPage')],
];
