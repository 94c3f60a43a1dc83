package rehearsal_test

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// The whole life of a small stack, without an account.
func ExampleRun() {
	report, err := rehearsal.Run(context.Background(), rehearsal.Options{
		Program: func(ctx *pulumi.Context) error {
			_, err := s3.NewBucketV2(ctx, "data", nil)
			return err
		},
		Config: map[string]any{"aws:region": "eu-central-1"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, phase := range report.Phases {
		fmt.Println(phase.Name, phase.Changes)
	}
	// Output:
	// preview map[create:2]
	// up map[create:2]
	// second up map[same:2]
	// refresh map[same:2]
	// destroy map[delete:2]
}
