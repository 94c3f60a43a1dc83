// Command redundancy is the policy pack plinth-redundancy, for pulumi --policy-pack policies/packs/redundancy.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/plinth-iac/plinth/policies/pack"
)

func main() {
	if err := pack.Serve(context.Background(), pack.Options{Pack: pack.Redundancy}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
