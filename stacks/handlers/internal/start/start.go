// Package start is how every function here begins.
package start

import (
	"context"
	"log"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// WithBucket writes logs as the function is set to, and gives S3 and the bucket that the
// function works on, by the variable with its name. Without either the function stops:
// Lambda reports it, and tries again in a new environment.
func WithBucket(variable string) (store *s3.Client, bucket string) {
	slog.SetDefault(lambdacontext.NewLogger())
	bucket, given := os.LookupEnv(variable)
	if !given {
		log.Fatalf("%s is not set: the function may not use such a bucket", variable)
	}
	settings, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	return s3.NewFromConfig(settings), bucket
}
