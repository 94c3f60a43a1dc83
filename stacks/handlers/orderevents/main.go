// Orderevents keeps a record of every order: it takes order events from a queue and
// writes each, once, into the archive. It is a Lambda function behind that queue.
package main

import (
	"context"
	"log"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func main() {
	slog.SetDefault(lambdacontext.NewLogger())
	bucket, given := os.LookupEnv("BUCKET_ARCHIVE")
	if !given {
		log.Fatal("BUCKET_ARCHIVE is not set: the function may not write to such a bucket")
	}
	settings, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err) // Lambda reports it, and tries again in a new environment
	}
	lambda.Start((&keeper{store: s3.NewFromConfig(settings), bucket: bucket}).handle)
}
