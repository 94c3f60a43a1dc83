package document

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// AlarmsArgs watch the worst of the instances, whichever it is. An alarm is raised after
// five bad minutes in a row.
type AlarmsArgs struct {
	// ActionArns are told when an alarm is raised and when it clears, such as SNS topics.
	// Default: nobody.
	ActionArns pulumi.StringArrayInput `pulumi:"actionArns,optional"`
	// CpuPercent is the load that is too high, above 0, to 100. Default: 80.
	CpuPercent float64 `pulumi:"cpuPercent,optional"`
	// FreeMemoryMib is the free memory that is too little. Default: a tenth of the memory
	// of the smallest instance.
	FreeMemoryMib int `pulumi:"freeMemoryMib,optional"`
	// Connections is how many connections to one instance are too many. The smallest
	// class takes 1000. Default: 800.
	Connections int `pulumi:"connections,optional"`
	// ReplicaLagSeconds is by how much a reader may be behind. Default: 2.
	ReplicaLagSeconds int `pulumi:"replicaLagSeconds,optional"`
}

// Keys of Cluster.Alarms.
const (
	AlarmCpu         = "cpu"
	AlarmMemory      = "memory"
	AlarmConnections = "connections"
	AlarmReplicaLag  = "replica-lag"
)

const mebibyte = 1 << 20

// memory is that of an instance size in GiB, in every family that DocumentDB runs on.
var memory = map[string]int{
	"medium": 4, "large": 16, "xlarge": 32, "2xlarge": 64, "4xlarge": 128, "8xlarge": 256, "12xlarge": 384, "16xlarge": 512, "24xlarge": 768,
}

func (m *AlarmsArgs) withDefaults(instances map[string]InstanceArgs) *AlarmsArgs {
	if m == nil {
		return nil
	}
	m = base.CopyOf(m)
	base.Default(&m.CpuPercent, 80)
	base.Default(&m.FreeMemoryMib, smallest(instances)*1024/10)
	base.Default(&m.Connections, 800)
	base.Default(&m.ReplicaLagSeconds, 2)
	return m
}

// smallest is the memory of the smallest instance in GiB. Sizes that there are not are
// left to validation.
func smallest(instances map[string]InstanceArgs) int {
	sizes := []int{}
	for _, instance := range instances {
		size := instance.Class[strings.LastIndex(instance.Class, ".")+1:]
		sizes = append(sizes, max(1, memory[size]))
	}
	return slices.Min(sizes)
}

func (m *AlarmsArgs) validate(errs *fielderr.List) {
	if m == nil {
		return
	}
	if m.CpuPercent <= 0 || m.CpuPercent > 100 {
		errs.Invalid("cpuPercent", m.CpuPercent, "must be above 0, to 100")
	}
	for path, value := range map[string]int{"freeMemoryMib": m.FreeMemoryMib, "connections": m.Connections, "replicaLagSeconds": m.ReplicaLagSeconds} {
		if value < 0 {
			errs.Invalid(path, value, "must be above 0")
		}
	}
}

func (b *builder) alarms() error {
	m := b.args.Alarms
	if m == nil {
		return nil
	}
	dimensions := pulumi.StringMap{"DBClusterIdentifier": b.Cluster.Cluster.ClusterIdentifier}
	alarms := map[string]datastore.Alarm{
		AlarmCpu:         {Description: "Load of the busiest instance, in percent", Metric: "CPUUtilization", Threshold: m.CpuPercent},
		AlarmConnections: {Description: "Most connections to an instance", Metric: "DatabaseConnections", Threshold: float64(m.Connections)},
		AlarmReplicaLag: {
			Description: "How far the slowest reader is behind, in milliseconds", Metric: "DBClusterReplicaLagMaximum",
			Threshold: float64(m.ReplicaLagSeconds) * 1000,
		},
		AlarmMemory: {
			Description: "Least free memory of an instance, in bytes", Metric: "FreeableMemory", Threshold: float64(m.FreeMemoryMib) * mebibyte,
			Below: true, Statistic: "Minimum",
		},
	}
	for key, alarm := range alarms {
		alarm.Namespace, alarm.Dimensions = "AWS/DocDB", dimensions
		base.Default(&alarm.Statistic, "Maximum")
		alarms[key] = alarm
	}
	var err error
	b.Alarms, err = datastore.NewAlarms(b.ctx, b.name, alarms, m.ActionArns, b.args.Tags, b.parent)
	return err
}
