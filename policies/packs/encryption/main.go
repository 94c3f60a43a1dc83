// Command encryption is the policy pack plinth-encryption, for pulumi --policy-pack policies/packs/encryption.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/plinth-iac/plinth/policies/pack"
)

func main() {
	if err := pack.Serve(context.Background(), pack.Options{Pack: pack.Encryption}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
