// Command policies is all policies as an executable:
//
//	go build -o plinth-policies ./policies
//	pulumi preview --policy-pack ./plinth-policies
//
// A link or a copy of it that is called plinth-redundancy or plinth-encryption is that pack
// alone, and so is any with the environment variable PLINTH_POLICY_PACK.
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
