import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { call } from '../../api/call.ts';
import { readColumns, type TableColumns } from '../../api/table-columns.ts';
import type { Endpoint, EndpointConfig, Model } from '../../api/types.ts';
import { ColumnForm } from './column-form.tsx';
import { PlainRequest } from './plain-request.tsx';

/** What is known of the columns: from the endpoint, else from the model behind it. */
async function findColumns(endpoint: Endpoint, config: EndpointConfig | undefined): Promise<TableColumns | null> {
  const own = await readColumns(endpoint.EndpointArn!);
  if (own !== undefined) return own;
  const ModelName = config?.ProductionVariants?.[0]?.ModelName;
  if (ModelName === undefined) return null;
  const model = await call<Model>('sagemaker', 'DescribeModel', { ModelName }).catch(() => undefined);
  return (model && (await readColumns(model.ModelArn!))) ?? null;
}

/** A form of the model's own columns where they are known, else a field for a body of any type. */
export function TryIt({ endpoint, config }: { endpoint: Endpoint; config: EndpointConfig | undefined }): ReactElement {
  const { data, isPending } = useQuery({
    queryKey: ['columns', endpoint.EndpointName],
    queryFn: () => findColumns(endpoint, config),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (isPending) return <Skeleton h={240} />;
  if (!data) return <PlainRequest name={endpoint.EndpointName!} />;
  return <ColumnForm name={endpoint.EndpointName!} columns={data} />;
}
