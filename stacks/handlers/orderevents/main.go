// Orderevents keeps a record of every order: it takes order events from a queue and
// writes each, once, into the archive. It is a Lambda function behind that queue.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/plinth-iac/plinth/stacks/handlers/internal/start"
)

func main() {
	store, bucket := start.WithBucket("BUCKET_ARCHIVE")
	lambda.Start((&keeper{store: store, bucket: bucket}).handle)
}
