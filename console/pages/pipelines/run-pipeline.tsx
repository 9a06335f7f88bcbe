import { Button, Select, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { call } from '../../api/call.ts';
import { Fault } from '../../parts/fault.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import type { Parameter } from './definition.ts';

/** Starts a run: at once, or with values for the pipeline's parameters. */
export function RunPipeline(props: {
  name: string;
  parameters: readonly Parameter[];
  onStarted(arn: string): void;
}): ReactElement {
  const { name, parameters, onStarted } = props;
  const [isOpen, dialog] = useDisclosure(false);
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const start = useMutation({
    mutationFn: () =>
      call<{ PipelineExecutionArn: string }>('sagemaker', 'StartPipelineExecution', {
        PipelineName: name,
        ClientRequestToken: crypto.randomUUID(),
        PipelineParameters: Object.entries(values)
          .filter(([, value]) => value !== '')
          .map(([Name, Value]) => ({ Name, Value })),
      }),
    onSuccess: ({ PipelineExecutionArn }) => {
      dialog.close();
      onStarted(PipelineExecutionArn);
    },
  });
  const set = (parameter: string, value: string): void => setValues((before) => ({ ...before, [parameter]: value }));
  const fault = start.error && <Fault error={start.error} title="The pipeline was not started" />;
  return (
    <>
      <Button loading={start.isPending} onClick={() => (parameters.length === 0 ? start.mutate() : dialog.open())}>
        Run it
      </Button>
      {parameters.length === 0 && fault}
      <FormDialog
        isOpen={isOpen}
        onClose={dialog.close}
        title={`Run ${name}`}
        verb="Run"
        isBusy={start.isPending}
        onSubmit={() => start.mutate()}
        fault={fault}
      >
        {parameters.map(({ name: parameter, type, fallback, choices }) =>
          choices !== undefined || type === 'Boolean' ? (
            <Select
              key={parameter}
              label={parameter}
              required={fallback === undefined}
              placeholder={fallback}
              data={[...(choices ?? ['true', 'false'])]}
              value={values[parameter] ?? null}
              clearable
              onChange={(value) => set(parameter, value ?? '')}
            />
          ) : (
            <TextInput
              key={parameter}
              label={parameter}
              description={type}
              required={fallback === undefined}
              placeholder={fallback}
              value={values[parameter] ?? ''}
              inputMode={type === 'String' ? 'text' : 'decimal'}
              onChange={(event) => set(parameter, event.currentTarget.value)}
              spellCheck={false}
              autoComplete="off"
            />
          ),
        )}
      </FormDialog>
    </>
  );
}
