package resilience

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plinth-iac/plinth/policies/rule"
)

// figure is a time that a recovery takes, or that it loses; or, without a time, what else it
// counts on.
type figure struct {
	time time.Duration
	// what takes it, and who says so.
	what, source string
}

// The figures. They are estimates, rounded up; people who decide first are not counted.
var (
	shift      = figure{time.Minute, "a balancer leaves out what fails its checks", "its default: a few checks, some seconds apart"}
	leaveOut   = figure{time.Minute, "AWS sends requests to other zones", "an estimate; it leaves out the addresses of a zone that fails"}
	silent     = figure{time.Minute, "Kubernetes sends requests to other pods", "its default: a machine is silent for 40 to 50 s first"}
	lead       = figure{time.Minute, "other brokers lead the partitions, and clients find them", "an estimate; Kafka notices a lost broker within 18 s"}
	factor     = figure{0, "a topic is kept on as many brokers as its replication.factor; with 1, the share of a lost broker is away", "of each topic, not of the cluster; MSK's default is 2 in two zones, 3 in three"}
	shards     = figure{time.Minute, "replicas of shards become primary", "OpenSearch checks a machine for 30 s, and then its replicas take over"}
	indexes    = figure{0, "an index has a replica in another zone; without one, its shards on a lost machine are away", "1 is the default, of each index"}
	brokers    = figure{2 * time.Minute, "the other broker takes over, and clients find it", "an estimate; AWS: within a few minutes"}
	others     = figure{time.Minute, "what is left goes on", "an estimate: until clients try again"}
	launch     = figure{5 * time.Minute, "a new machine starts and is ready", "AWS starts one in 1 to 2 min; the rest is its program"}
	disks      = figure{0, "what a machine kept on its own disks only is lost", "a new one starts from its image"}
	download   = figure{0, "a new machine needs the internet to start", "an assumption: it fetches its program there"}
	reschedule = figure{7 * time.Minute, "pods are started elsewhere", "Kubernetes waits 5 min for a machine that is silent"}

	standby     = figure{2 * time.Minute, "failover to a standby", "AWS: 1 to 2 min"}
	reader      = figure{time.Minute, "failover to another member", "AWS: typically below 1 min"}
	newWriter   = figure{10 * time.Minute, "a new member on the same storage", "AWS: below 10 min"}
	newMachine  = figure{30 * time.Minute, "a new machine on the same storage", "what creating one takes, and recovery of its log"}
	emptyCache  = figure{30 * time.Minute, "a new cache", "what creating one takes"}
	replica     = figure{2 * time.Minute, "failover to a replica", "AWS: below 1 min, and clients have to notice"}
	replicaLost = figure{10 * time.Second, "a replica may be behind", "it follows asynchronously"}
	logs        = figure{5 * time.Minute, "a restore to a point in time loses", "AWS saves the log every 5 min"}
	restore     = figure{time.Hour, "a restore from backups", "1 h for each TiB begun: a new machine, and what it reads"}
	sizeless    = figure{0, "what is restored is no more than 1 TiB", "its size is not known"}
	hourly      = figure{time.Hour, "the last automatic snapshot may be as old", "AWS takes one each hour"}
	eightHours  = figure{8 * time.Hour, "the last automatic snapshot may be as old", "AWS takes one every 8 h"}
	daily       = figure{24 * time.Hour, "the last snapshot may be as old", "one a day"}

	promote       = figure{20 * time.Minute, "a replica is made a database of its own", "a restart with the backlog"}
	farLag        = figure{5 * time.Minute, "a replica in another region may be behind", "asynchronous; more under heavy writes"}
	farLogs       = figure{15 * time.Minute, "copies of backups in another region lag", "the log is copied every 5 min, with delay"}
	copying       = figure{time.Hour, "copying a backup to another region", "its size; incremental after the first"}
	globalLag     = figure{time.Second, "another region may be behind", "AWS: typically 1 s"}
	globalPromote = figure{time.Minute, "another region is made the writer", "AWS: typically below 1 min"}
	objects       = figure{15 * time.Minute, "objects reach another bucket", "AWS promises 15 min with replicationTime, and aims at it without"}
	files         = figure{15 * time.Minute, "files reach another file system", "AWS: most within minutes, and 15 min as a rule"}
	pointed       = figure{0, "a copy is used as soon as who reads the original is pointed at it", "nothing does that by itself"}
	redeploy      = figure{time.Hour, "this program is deployed in another region", "minutes for most resources, half an hour for clusters and databases"}
)

func (f figure) String() string {
	if f.time == 0 {
		return fmt.Sprintf("%s (%s)", f.what, f.source)
	}
	return fmt.Sprintf("%s: %s (%s)", f.what, Words(f.time), f.source)
}

// Words is a duration for people, such as "5 min", "36 h" or "never".
func Words(d time.Duration) string {
	switch {
	case d == Never:
		return "never"
	case d%time.Hour == 0 && d != 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d%time.Minute == 0 && d != 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}

func figures(f ...figure) []figure { return f }

// within is a recovery by what the figures say: the first ones are the time it takes, and
// those in loses what is lost.
func within(by string, takes []figure, loses ...figure) *Recovery {
	r := &Recovery{By: by}
	for _, f := range takes {
		r.Rto += f.time
		r.Assumptions = append(r.Assumptions, f.String())
	}
	for _, f := range loses {
		r.Rpo = sum(r.Rpo, f.time)
		r.Assumptions = append(r.Assumptions, f.String())
	}
	return r
}

// sum is how long two times are together; Never has no end.
func sum(a, b time.Duration) time.Duration {
	if a >= Never-b {
		return Never
	}
	return a + b
}

// only is the recovery of what comes back by nothing else.
func only(by string, data bool) *Recovery {
	r := &Recovery{Rto: Never, By: by}
	if data {
		r.Rpo = Never
	}
	return r
}

// unless marks a recovery that may be better if a value is not known.
func (r *Recovery) unless(v rule.Value) *Recovery {
	if v.IsUnknown() {
		r.Missing = cmp.Or(r.Missing, rule.NotKnown(v))
	}
	return r
}

// and is the recovery if that of another resource has to have happened as well.
func (r *Recovery) and(other *Recovery, of *rule.Resource) *Recovery {
	joined := *r
	if other.Rto > r.Rto {
		joined = *other
		if other.Rto != Never && types[of.Type].role != link && !strings.Contains(joined.By, ": ") {
			joined.By = of.Name + ": " + joined.By
		}
	}
	joined.Rpo, joined.Missing = max(r.Rpo, other.Rpo), cmp.Or(r.Missing, other.Missing)
	// What is certain to cost as much as both is certain to do so together.
	for _, one := range [...]*Recovery{r, other} {
		if one.Missing.Outcome != rule.Unknown && one.Rto >= joined.Rto && one.Rpo >= joined.Rpo {
			joined.Missing = rule.Verdict{}
		}
	}
	joined.Assumptions = nil
	for _, line := range append(slices.Clone(r.Assumptions), other.Assumptions...) {
		if !slices.Contains(joined.Assumptions, line) {
			joined.Assumptions = append(joined.Assumptions, line)
		}
	}
	return &joined
}

// waiting is the recovery if new machines are started, which have to wait for their way out.
func (r *Recovery) waiting(other *Recovery, on *rule.Resource) *Recovery {
	joined := r.and(other, on)
	if other.Rto > r.Rto {
		joined.By = other.By + ": new machines have no way out without " + on.Name
		joined.Assumptions = append(joined.Assumptions, download.String())
	}
	return joined
}

// betterThan is whether a recovery is to be preferred: one that is, then one that loses
// less, then one that is sooner.
func (r *Recovery) betterThan(other *Recovery) bool {
	switch {
	case (r.Rto == Never) != (other.Rto == Never):
		return other.Rto == Never
	case r.Rpo != other.Rpo:
		return r.Rpo < other.Rpo
	}
	return r.Rto < other.Rto
}
