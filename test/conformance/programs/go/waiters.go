// The waiters of the AWS SDK for Go with their own delays of 30 and 120 s: jobs of 0.5, 5 and 15 s must not cost a sleep.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
)

const (
	bucket = "go-waiters"
	image  = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
	role   = "arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	settings, err := config.LoadDefaultConfig(ctx)
	must(err)
	objects, client := s3.NewFromConfig(settings), sagemaker.NewFromConfig(settings)
	_, err = objects.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(bucket)})
	must(err)
	var table strings.Builder
	for row := range 20_000 {
		fmt.Fprintf(&table, "%d", row%2)
		for column := range 30 {
			fmt.Fprintf(&table, ",%d", row*(column+7)%101)
		}
		table.WriteString("\n")
	}
	put(ctx, objects, "long/rows.csv", table.String())
	put(ctx, objects, "short/rows.csv", strings.Join(strings.SplitAfter(table.String(), "\n")[:200], ""))

	artifact := train(ctx, client, "go-short", "short", 3600)
	// The longer ones would go on for minutes: their runtime ends them, and the waiter takes Stopped for an end.
	train(ctx, client, "go-of-5-s", "long", 5)
	train(ctx, client, "go-of-15-s", "long", 15)
	host(ctx, client, artifact)
}

// train waits for a job with the SDK's own waiter and answers where its model lies.
func train(ctx context.Context, client *sagemaker.Client, name, prefix string, seconds int32) string {
	began := time.Now()
	_, err := client.CreateTrainingJob(ctx, &sagemaker.CreateTrainingJobInput{
		TrainingJobName: aws.String(name),
		RoleArn:         aws.String(role),
		AlgorithmSpecification: &types.AlgorithmSpecification{
			TrainingImage:     aws.String(image),
			TrainingInputMode: types.TrainingInputModeFile,
		},
		ResourceConfig: &types.ResourceConfig{
			InstanceCount:  aws.Int32(1),
			InstanceType:   types.TrainingInstanceTypeMlC4Xlarge,
			VolumeSizeInGB: aws.Int32(1),
		},
		InputDataConfig: []types.Channel{{
			ChannelName: aws.String("train"),
			ContentType: aws.String("text/csv"),
			DataSource: &types.DataSource{S3DataSource: &types.S3DataSource{
				S3DataType: types.S3DataTypeS3Prefix,
				S3Uri:      aws.String("s3://" + bucket + "/" + prefix + "/"),
			}},
		}},
		OutputDataConfig:  &types.OutputDataConfig{S3OutputPath: aws.String("s3://" + bucket + "/output")},
		HyperParameters:   hyperparameters(prefix),
		StoppingCondition: &types.StoppingCondition{MaxRuntimeInSeconds: aws.Int32(seconds)},
	})
	must(err)
	job, err := sagemaker.NewTrainingJobCompletedOrStoppedWaiter(client).WaitForOutput(ctx,
		&sagemaker.DescribeTrainingJobInput{TrainingJobName: aws.String(name)}, 3*time.Minute)
	must(err)
	took := time.Since(began)
	fmt.Printf("%s: %s after %.1f s\n", name, job.TrainingJobStatus, took.Seconds())
	expect(took < time.Minute, "%s took %v: the waiter slept", name, took)
	return aws.ToString(job.ModelArtifacts.S3ModelArtifacts)
}

func hyperparameters(prefix string) map[string]string {
	if prefix == "short" {
		return map[string]string{"predictor_type": "binary_classifier", "epochs": "2", "num_models": "2"}
	}
	return map[string]string{
		"predictor_type": "binary_classifier", "epochs": "100000", "num_models": "32",
		"optimizer": "adam", "early_stopping_patience": "100000",
	}
}

// host waits for an endpoint and for its end.
func host(ctx context.Context, client *sagemaker.Client, artifact string) {
	name := aws.String("go-waiters")
	_, err := client.CreateModel(ctx, &sagemaker.CreateModelInput{
		ModelName:        name,
		ExecutionRoleArn: aws.String(role),
		PrimaryContainer: &types.ContainerDefinition{Image: aws.String(image), ModelDataUrl: aws.String(artifact)},
	})
	must(err)
	_, err = client.CreateEndpointConfig(ctx, &sagemaker.CreateEndpointConfigInput{
		EndpointConfigName: name,
		ProductionVariants: []types.ProductionVariant{{
			VariantName:          aws.String("AllTraffic"),
			ModelName:            name,
			InitialInstanceCount: aws.Int32(1),
			InstanceType:         types.ProductionVariantInstanceTypeMlM4Xlarge,
		}},
	})
	must(err)
	began := time.Now()
	_, err = client.CreateEndpoint(ctx, &sagemaker.CreateEndpointInput{EndpointName: name, EndpointConfigName: name})
	must(err)
	described := &sagemaker.DescribeEndpointInput{EndpointName: name}
	must(sagemaker.NewEndpointInServiceWaiter(client).Wait(ctx, described, 3*time.Minute))
	_, err = client.DeleteEndpoint(ctx, &sagemaker.DeleteEndpointInput{EndpointName: name})
	must(err)
	must(sagemaker.NewEndpointDeletedWaiter(client).Wait(ctx, described, 3*time.Minute))
	took := time.Since(began)
	fmt.Printf("endpoint: in service and deleted after %.1f s\n", took.Seconds())
	expect(took < 25*time.Second, "the endpoint took %v: a waiter slept", took)
}

func put(ctx context.Context, objects *s3.Client, key, content string) {
	_, err := objects.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String(key), Body: strings.NewReader(content),
	})
	must(err)
}

func must(err error) { expect(err == nil, "%v", err) }

func expect(holds bool, format string, values ...any) {
	if holds {
		return
	}
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}
