// Thumbnail makes a small JPEG of each image that is uploaded to one bucket, and puts it
// into another. It is a Lambda function: S3 calls it for new objects.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/plinth-iac/plinth/stacks/handlers/internal/start"
)

func main() {
	store, bucket := start.WithBucket("BUCKET_ASSETS")
	lambda.Start((&maker{store: store, target: bucket}).handle)
}
