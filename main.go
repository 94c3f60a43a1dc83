// The Plinth stack, for the Pulumi CLI: `pulumi up -s dev`.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/stacks"
)

func main() { pulumi.Run(stacks.Deploy) }
