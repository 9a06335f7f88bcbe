import { Button, Card, Group, Slider, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { call } from '../../api/call.ts';
import type { Endpoint, EndpointConfig } from '../../api/types.ts';
import { Facts } from '../../parts/facts.tsx';
import { Fault } from '../../parts/fault.tsx';
import { pathOf, To } from '../../parts/link.tsx';

/** The variants of an endpoint, their models, and the share of requests that each gets. */
export function Variants({
  endpoint,
  config,
}: {
  endpoint: Endpoint;
  config: EndpointConfig | undefined;
}): ReactElement {
  const variants = endpoint.ProductionVariants ?? [];
  const [changed, setChanged] = useState<Readonly<Record<string, number>>>({});
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () =>
      call('sagemaker', 'UpdateEndpointWeightsAndCapacities', {
        EndpointName: endpoint.EndpointName,
        DesiredWeightsAndCapacities: Object.entries(changed).map(([VariantName, DesiredWeight]) => ({
          VariantName,
          DesiredWeight,
        })),
      }),
    onSuccess: () => {
      setChanged({});
      return client.invalidateQueries({ queryKey: ['endpoint', endpoint.EndpointName] });
    },
  });
  const weightOf = (name: string, current: number | undefined): number => changed[name] ?? current ?? 1;
  const all = variants.reduce((sum, { VariantName, CurrentWeight }) => sum + weightOf(VariantName!, CurrentWeight), 0);
  return (
    <Stack>
      {variants.length === 0 && <Text c="dimmed">The variants show once the endpoint is in service.</Text>}
      {variants.map(({ VariantName = '', CurrentWeight, CurrentInstanceCount }) => {
        const settings = config?.ProductionVariants?.find((each) => each.VariantName === VariantName);
        const weight = weightOf(VariantName, CurrentWeight);
        return (
          <Card key={VariantName} withBorder>
            <Stack gap="xs">
              <Text fw={600} className="name">
                {VariantName}
              </Text>
              <Facts
                of={[
                  [
                    'Model',
                    settings?.ModelName && <To href={pathOf('models', settings.ModelName)}>{settings.ModelName}</To>,
                  ],
                  ['Instances', CurrentInstanceCount],
                  ['Share of requests', `${all === 0 ? 0 : Math.round((100 * weight) / all)} %`],
                ]}
              />
              {variants.length > 1 && (
                <Slider
                  min={0}
                  max={Math.max(10, CurrentWeight ?? 1)}
                  step={0.5}
                  value={weight}
                  onChange={(value) => setChanged({ ...changed, [VariantName]: value })}
                  label={(value) => `Weight ${value}`}
                  thumbLabel={`Weight of ${VariantName}`}
                />
              )}
            </Stack>
          </Card>
        );
      })}
      {save.error && <Fault error={save.error} title="The weights were not changed" />}
      {Object.keys(changed).length > 0 && (
        <Group>
          <Button loading={save.isPending} onClick={() => save.mutate()}>
            Apply the weights
          </Button>
          <Button variant="default" onClick={() => setChanged({})}>
            Take back
          </Button>
        </Group>
      )}
    </Stack>
  );
}
