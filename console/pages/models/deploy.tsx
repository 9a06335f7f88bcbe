import { Button, NumberInput, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { useLocation } from 'wouter';
import { call } from '../../api/call.ts';
import { columnsTagsOf } from '../../api/table-columns.ts';
import type { Model } from '../../api/types.ts';
import { Fault } from '../../parts/fault.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { pathOf } from '../../parts/link.tsx';
import { nameFault } from '../../parts/names.ts';

/** Starts an endpoint for a model, and goes there. */
export function Deploy({ model }: { model: Model }): ReactElement {
  const [isOpen, dialog] = useDisclosure(false);
  const [, go] = useLocation();
  const [name, setName] = useState(model.ModelName ?? '');
  const [count, setCount] = useState(1);
  const start = useMutation({
    mutationFn: async () => {
      const EndpointConfigName = `${name.slice(0, 48)}-${Date.now().toString(36)}`;
      await call('sagemaker', 'CreateEndpointConfig', {
        EndpointConfigName,
        ProductionVariants: [
          {
            VariantName: 'AllTraffic',
            ModelName: model.ModelName,
            InstanceType: 'ml.m5.large',
            InitialInstanceCount: count,
          },
        ],
      });
      const Tags = await columnsTagsOf(model.ModelArn!);
      await call('sagemaker', 'CreateEndpoint', { EndpointName: name, EndpointConfigName, Tags });
    },
    onSuccess: () => go(pathOf('endpoints', name)),
  });
  const fault = nameFault(name);
  return (
    <>
      <Button onClick={dialog.open}>Start an endpoint</Button>
      <FormDialog
        isOpen={isOpen}
        onClose={dialog.close}
        title="Start an endpoint"
        verb="Start"
        isBusy={start.isPending}
        isWrong={fault !== undefined}
        onSubmit={() => start.mutate()}
        fault={start.error && <Fault error={start.error} title="The endpoint was not started" />}
      >
        <TextInput
          label="Name"
          required
          value={name}
          error={fault}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
          spellCheck={false}
          autoComplete="off"
        />
        <NumberInput
          label="Instances"
          description="Programs that answer side by side on this machine"
          min={1}
          max={8}
          allowDecimal={false}
          value={count}
          onChange={(value) => setCount(Number(value) || 1)}
        />
      </FormDialog>
    </>
  );
}
