// Command policies is the policy pack as an executable:
//
//	go build -o plinth-policies ./policies
//	pulumi preview --policy-pack plinth-policies
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/plinth-iac/plinth/policies/pack"
)

func main() {
	if err := pack.Serve(context.Background(), pack.Options{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
