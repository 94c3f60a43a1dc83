package simcloud

import (
	"context"
	"strconv"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

func BenchmarkCreate(b *testing.B) {
	for _, existing := range []int{0, 10000} {
		b.Run(strconv.Itoa(existing)+" exist", func(b *testing.B) {
			c := New()
			p := &provider{cloud: c, instances: map[uint64]*instance{}}
			require.NoError(b, configureForBench(p))
			for i := range existing {
				createForBench(b, p, "old-"+strconv.Itoa(i))
			}
			for i := 0; b.Loop(); i++ {
				createForBench(b, p, "new-"+strconv.Itoa(i))
			}
		})
	}
}

func configureForBench(p *provider) error {
	args, err := encode(props{"region": "eu-west-1"}, nil)
	if err != nil {
		return err
	}
	_, err = p.Configure(context.Background(), &pulumirpc.ConfigureRequest{Args: args})
	return err
}

func createForBench(b *testing.B, p *provider, name string) {
	args, err := encode(props{"name": "/bench/" + name, "retentionInDays": 30.0}, nil)
	require.NoError(b, err)
	u := urn("aws:cloudwatch/logGroup:LogGroup", name)
	checked, err := p.Check(context.Background(), &pulumirpc.CheckRequest{Urn: u, News: args})
	require.NoError(b, err)
	_, err = p.Create(context.Background(), &pulumirpc.CreateRequest{Urn: u, Properties: checked.GetInputs()})
	require.NoError(b, err)
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		s, err := New().Serve()
		require.NoError(b, err)
		require.NoError(b, s.Close())
	}
}
