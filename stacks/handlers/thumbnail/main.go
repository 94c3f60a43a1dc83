// Thumbnail makes a small JPEG of each image that is uploaded to one bucket, and puts it
// into another. It is a Lambda function: S3 calls it for new objects.
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
	bucket, given := os.LookupEnv("BUCKET_ASSETS")
	if !given {
		log.Fatal("BUCKET_ASSETS is not set: the function may not write to such a bucket")
	}
	settings, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err) // Lambda reports it, and tries again in a new environment
	}
	lambda.Start((&maker{store: s3.NewFromConfig(settings), target: bucket}).handle)
}
