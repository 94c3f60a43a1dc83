package document

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/docdb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

var (
	tlsValues   = map[Tls]string{Tls12: "tls1.2+", Tls13: "tls1.3+", TlsFips: "fips-140-3", TlsAny: "enabled"}
	auditValues = map[Audit]string{AuditNone: "disabled", AuditDefinitions: "ddl", AuditAll: "all"}
)

// owned are the parameters that have arguments of their own.
func (a *ClusterArgs) owned() map[string]string {
	parameters := map[string]string{"tls": tlsValues[a.Tls], "audit_logs": auditValues[a.Logs.Audit], "profiler": "disabled"}
	if *a.Logs.Profiler {
		parameters["profiler"] = "enabled"
		parameters["profiler_threshold_ms"] = strconv.Itoa(a.Logs.SlowMs)
	}
	return parameters
}

// exports are the logs that go to CloudWatch.
func (l *LogsArgs) exports() []string {
	var kinds []string
	if l.Audit != AuditNone {
		kinds = append(kinds, "audit")
	}
	if *l.Profiler {
		kinds = append(kinds, "profiler")
	}
	return kinds
}

// The group has no fixed name: that of another engine family is made before the one that
// the cluster still uses goes.
func (b *builder) parameterGroup() (*docdb.ClusterParameterGroup, error) {
	child := b.name + "-parameters"
	major, minor := b.args.version()
	family := fmt.Sprintf("docdb%d.%d", major, minor)
	all := base.Merge(b.args.Parameters, b.args.owned())
	list := docdb.ClusterParameterGroupParameterArray{}
	for _, key := range base.SortedKeys(all) {
		list = append(list, docdb.ClusterParameterGroupParameterArgs{Name: pulumi.String(key), Value: pulumi.String(all[key])})
	}
	group, err := docdb.NewClusterParameterGroup(b.ctx, child, &docdb.ClusterParameterGroupArgs{
		Family: pulumi.String(family), Description: pulumi.Sprintf("Parameters of %s", b.name), Parameters: list,
		Tags: base.Tags(child, b.args.Tags, nil),
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("create parameter group %s: %w", child, err)
	}
	return group, nil
}
