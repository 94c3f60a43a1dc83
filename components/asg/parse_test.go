package asg

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestATypesArchitectureIsReadFromItsName(t *testing.T) {
	for arch, types := range map[Arch]string{
		Arm64: "t4g.small m7g.large m7gd.metal c7gn.16xlarge r8g.metal-24xl im4gn.large is4gen.medium x2gd.medium a1.large g5g.xlarge hpc7g.4xlarge i8ge.large p6e-gb200.36xlarge",
		X86: "t3.small t3a.nano m5.large m7i.large m7i-flex.large c5n.18xlarge g4dn.xlarge g5.xlarge gr6.4xlarge p4d.24xlarge trn1.2xlarge " +
			"u-6tb1.56xlarge u7i-12tb.224xlarge i4i.large inf2.xlarge",
		"": "small t4g t4g. .small T4G.small m7g.Large m7g/large t4g.small.x",
	} {
		for _, name := range strings.Fields(types) {
			got, ok := archOf(name)
			require.Equal(t, arch, got, name)
			require.Equal(t, arch != "", ok, name)
		}
	}
}
