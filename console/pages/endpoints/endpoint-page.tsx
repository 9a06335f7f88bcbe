import { Skeleton, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactElement, Suspense, useMemo } from 'react';
import { useLocation, useParams } from 'wouter';
import { call } from '../../api/call.ts';
import { type LogLine, openLog } from '../../api/logs.ts';
import type { Endpoint, EndpointConfig } from '../../api/types.ts';
import { useAddress } from '../../parts/address.ts';
import { Age } from '../../parts/age.tsx';
import { ConfirmByName } from '../../parts/confirm-by-name.tsx';
import { Fault } from '../../parts/fault.tsx';
import { Freshness } from '../../parts/freshness.tsx';
import { Heading } from '../../parts/heading.tsx';
import { To } from '../../parts/link.tsx';
import { LogView } from '../../parts/log-view.tsx';
import { State } from '../../parts/state.tsx';
import { Traffic } from './traffic-view.tsx';
import { TryIt } from './try-it.tsx';
import { Variants } from './variants.tsx';

const DriftView = lazy(async () => ({ default: (await import('./drift-view.tsx')).DriftView }));

const movingMs = 1000;
const restMs = 5000;

export function EndpointPage(): ReactElement {
  const name = decodeURIComponent(useParams().name ?? '');
  const [, go] = useLocation();
  const { data, error, refetch, dataUpdatedAt } = useQuery({
    queryKey: ['endpoint', name],
    queryFn: async ({ signal }) => {
      const endpoint = await call<Endpoint>('sagemaker', 'DescribeEndpoint', { EndpointName: name }, signal);
      const config = await call<EndpointConfig>(
        'sagemaker',
        'DescribeEndpointConfig',
        { EndpointConfigName: endpoint.EndpointConfigName },
        signal,
      ).catch(() => undefined);
      return { endpoint, config };
    },
    refetchInterval: ({ state }) => (state.data?.endpoint.EndpointStatus === 'InService' ? restMs : movingMs),
  });
  const back = <To href="/endpoints">Endpoints</To>;
  if (data === undefined)
    return (
      <>
        <Heading title={name} above={back} />
        {error ? (
          <Fault error={error} title="The endpoint could not be read" onRetry={() => void refetch()} />
        ) : (
          <Skeleton h={240} />
        )}
      </>
    );
  const { endpoint, config } = data;
  return (
    <>
      <Heading
        title={name}
        above={back}
        says={
          <>
            <State status={endpoint.EndpointStatus ?? ''} />, created <Age seconds={endpoint.CreationTime} />
            {endpoint.FailureReason && (
              <Text c="var(--linnet-bad)" mt="xs" className="name" role="alert">
                {endpoint.FailureReason}
              </Text>
            )}
          </>
        }
        actions={
          <ConfirmByName
            verb="Delete"
            noun="endpoint"
            name={name}
            says="The endpoint stops answering at once. Its configuration and model stay."
            act={async () => {
              await call('sagemaker', 'DeleteEndpoint', { EndpointName: name });
              go('/endpoints');
            }}
          />
        }
      />
      <Freshness updatedMs={dataUpdatedAt} everyMs={restMs} />
      <Views endpoint={endpoint} config={config} />
    </>
  );
}

function Views({ endpoint, config }: { endpoint: Endpoint; config: EndpointConfig | undefined }): ReactElement {
  const [{ view }, change] = useAddress({ view: 'try' });
  return (
    <Tabs value={view} onChange={(value) => change({ view: value ?? 'try' })} keepMounted={false}>
      <Tabs.List mb="md">
        <Tabs.Tab value="try">Try it</Tabs.Tab>
        <Tabs.Tab value="traffic">Traffic</Tabs.Tab>
        <Tabs.Tab value="variants">Variants</Tabs.Tab>
        <Tabs.Tab value="drift">Drift</Tabs.Tab>
        <Tabs.Tab value="log">Log</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="try">
        {endpoint.EndpointStatus === 'InService' || endpoint.EndpointStatus === 'Updating' ? (
          <TryIt endpoint={endpoint} config={config} />
        ) : (
          <Text c="dimmed">The endpoint can be asked once it is in service.</Text>
        )}
      </Tabs.Panel>
      <Tabs.Panel value="traffic">
        <Traffic name={endpoint.EndpointName!} variants={variantNames(endpoint, config)} />
      </Tabs.Panel>
      <Tabs.Panel value="variants">
        <Variants endpoint={endpoint} config={config} />
      </Tabs.Panel>
      <Tabs.Panel value="drift">
        <Suspense fallback={<Skeleton h={240} />}>
          <DriftView endpoint={endpoint} config={config} />
        </Suspense>
      </Tabs.Panel>
      <Tabs.Panel value="log">
        <EndpointLog name={endpoint.EndpointName!} />
      </Tabs.Panel>
    </Tabs>
  );
}

const variantNames = (endpoint: Endpoint, config: EndpointConfig | undefined): string[] =>
  (endpoint.ProductionVariants ?? config?.ProductionVariants ?? []).map(({ VariantName }) => VariantName!);

function EndpointLog({ name }: { name: string }): ReactElement {
  const read = useMemo(() => openLog(`/aws/sagemaker/Endpoints/${name}`, ''), [name]);
  const { data, error } = useQuery<readonly LogLine[]>({
    queryKey: ['endpoint log', name],
    queryFn: ({ signal }) => read(signal),
    refetchInterval: 2000,
  });
  if (error) return <Fault error={error} title="The log could not be read" />;
  return <LogView lines={data ?? []} isLive name={name} />;
}
