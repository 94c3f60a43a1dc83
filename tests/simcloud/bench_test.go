package simcloud

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

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

// BenchmarkMemory measures what a cloud of 10,000 resources keeps in memory.
func BenchmarkMemory(b *testing.B) {
	const resources = 10000
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for b.Loop() {
		before := heap()
		c := New()
		p := &provider{cloud: c, instances: map[uint64]*instance{}}
		require.NoError(b, configureForBench(p))
		for i := range resources {
			createForBench(b, p, strconv.Itoa(i))
		}
		b.ReportMetric(float64(heap()-before)/(1<<20), "MiB/10000")
		runtime.KeepAlive(c)
	}
}

// BenchmarkColdStart measures what a fresh process needs until the cloud has made its first resource: the facts are read then.
func BenchmarkColdStart(b *testing.B) {
	if os.Getenv(childOfBench) != "" {
		p := &provider{cloud: New(), instances: map[uint64]*instance{}}
		started := time.Now()
		require.NoError(b, configureForBench(p))
		createForBench(b, p, "first")
		fmt.Printf("%s%d\n", childOfBench, time.Since(started).Microseconds())
		os.Exit(0)
	}
	total := 0.0
	for b.Loop() {
		child := exec.Command(os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkColdStart$")
		child.Env = append(os.Environ(), childOfBench+"=1")
		printed, err := child.Output()
		require.NoError(b, err)
		_, figure, found := strings.Cut(string(printed), childOfBench)
		require.True(b, found, string(printed))
		micros, err := strconv.ParseFloat(strings.Fields(figure)[0], 64)
		require.NoError(b, err)
		total += micros
	}
	b.ReportMetric(total/1000/float64(b.N), "ms/start")
	b.ReportMetric(0, "ns/op") // mostly the process itself
}

const childOfBench = "SIMCLOUD_COLD_START"

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
