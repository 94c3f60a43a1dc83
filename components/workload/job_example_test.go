package workload_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/workload"
)

// A migration that runs before the service whose database it changes.
func ExampleNewJob() {
	program := func(ctx *pulumi.Context) error {
		migrate, err := workload.NewJob(ctx, "cart-migrate", &workload.JobArgs{
			Namespace: pulumi.String("shop"), Image: pulumi.String("registry.example.com/shop/cart:1.4.2"), Command: []string{"/migrate"},
		})
		if err != nil {
			return err
		}
		_, err = workload.NewService(ctx, "cart", &workload.ServiceArgs{
			Namespace: pulumi.String("shop"), Image: pulumi.String("registry.example.com/shop/cart:1.4.2"),
			Environment: map[string]pulumi.StringInput{"MIGRATED_BY": migrate.Name},
		})
		return err
	}
	_ = program
}

func ExampleNewCronJob() {
	program := func(ctx *pulumi.Context) error {
		_, err := workload.NewCronJob(ctx, "report", &workload.CronJobArgs{
			Schedule: "0 6 * * MON-FRI", TimeZone: "Europe/Berlin",
			Job: workload.JobArgs{Namespace: pulumi.String("shop"), Image: pulumi.String("registry.example.com/shop/report:2")},
		})
		return err
	}
	_ = program
}
