import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayBeWaiter } from './identify.ts';

test('programs whose waiters carry no mark are known by their User-Agent', () => {
  const of = (agent: string): boolean => mayBeWaiter({ 'user-agent': agent });
  const botocore = 'Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux lang/python#3.11.7 Botocore/1.44.5';
  assert.ok(of('aws-sdk-js/3.1142.0 ua/2.1 os/linux lang/js md/nodejs#20.20.2 api/sagemaker#3.1142.0'));
  assert.ok(of('m/E aws-sdk-go-v2/1.30.0'));
  assert.ok(of(`${botocore} lib/AWS-SageMaker-Python-SDK#2.257.6`));
  assert.ok(of('Boto3/1.20.0 Python/3.8 Botocore/1.23.0 AWS-SageMaker-Python-SDK/2.90.0 Python/3.8'));
  assert.ok(mayBeWaiter({ 'user-agent': 'Mozilla/5.0', 'x-amz-user-agent': 'aws-sdk-js/3.1142.0 ua/2.1' }));
  assert.ok(!of(botocore));
  assert.ok(!of(`${botocore} lib/AWS-SageMaker-Python-SDK#3.0`));
  assert.ok(!of(`${botocore} lib/AWS-SageMakerCore#2.27.0`));
});
