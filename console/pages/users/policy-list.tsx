import { Accordion, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { listPolicies, type Policy, readPolicy } from '../../api/iam.ts';
import { Fault } from '../../parts/fault.tsx';
import { TextBlock } from '../../parts/text-block.tsx';
import { plural } from '../../parts/words.ts';

/** Every policy that can be attached, and what it says. */
export function PolicyList(): ReactElement {
  const { data, error, refetch } = useQuery({ queryKey: ['policies'], queryFn: listPolicies });
  const [open, setOpen] = useState<string | null>(null);
  if (error) return <Fault error={error} title="The policies could not be read" onRetry={() => void refetch()} />;
  if (!data) return <Skeleton h={240} />;
  return (
    <Accordion variant="separated" order={2} maw={960} value={open} onChange={setOpen}>
      {data.map((policy) => (
        <Accordion.Item key={policy.arn} value={policy.arn}>
          <Accordion.Control>
            <span className="name">{policy.name}</span>
            <Text size="xs" c="dimmed">
              {kindOf(policy)}
              {policy.attachments > 0 && `, attached ${plural(policy.attachments, 'time')}`}
            </Text>
          </Accordion.Control>
          <Accordion.Panel>{open === policy.arn && <Content policy={policy} />}</Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}

const kindOf = ({ arn, name }: Policy): string =>
  !/::aws:/.test(arn) ? 'made here' : name.startsWith('Linnet') ? 'ready-made role' : "Amazon's";

function Content({ policy }: { policy: Policy }): ReactElement {
  const { data, error } = useQuery({ queryKey: ['policy', policy.arn], queryFn: () => readPolicy(policy) });
  if (error) return <Fault error={error} title="The policy could not be read" />;
  if (!data) return <Skeleton h={120} />;
  return (
    <>
      {data.description && (
        <Text size="sm" mb="xs">
          {data.description}
        </Text>
      )}
      <TextBlock>{data.text}</TextBlock>
    </>
  );
}
