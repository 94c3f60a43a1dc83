package database

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTheFamilyFollowsTheVersion(t *testing.T) {
	for _, c := range []struct {
		e             engine
		version, want string
	}{
		{postgresEngine, "17", "postgres17"},
		{postgresEngine, "17.4", "postgres17"},
		{mysqlEngine, "8.4", "mysql8.4"},
		{mysqlEngine, "8.4.5", "mysql8.4"},
		{mysqlEngine, "8.0.41", "mysql8.0"},
		{auroraPostgres(), "16.6", "aurora-postgresql16"},
		{auroraMysql(), "8.0", "aurora-mysql8.0"},
		{auroraMysql(), "8.0.mysql_aurora.3.08.2", "aurora-mysql8.0"},
	} {
		require.Equal(t, c.want, c.e.family(c.version))
	}
}

func TestWhatIsNoVersionHasNoMajorOne(t *testing.T) {
	for version, e := range map[string]engine{
		"": postgresEngine, "1": postgresEngine, "17.": postgresEngine, "17.4.1": postgresEngine, "170": postgresEngine, "12": postgresEngine,
		"8": mysqlEngine, "8.4.": mysqlEngine, "5.7": mysqlEngine, "8.4.5.1": mysqlEngine,
		"8.0.41": auroraMysql(), "8.4": auroraMysql(), "18": auroraPostgres(),
	} {
		require.Empty(t, e.major(version), "%s %q", e.aws, version)
	}
}

func TestParametersThatNeedARestartWaitForIt(t *testing.T) {
	for _, test := range []struct {
		e              engine
		static, others string
	}{
		{postgresEngine, `rds.restrict_password_commands notify_buffers subtransaction_buffers transaction_buffers commit_timestamp_buffers
			multixact_member_buffers multixact_offset_buffers serializable_buffers max_notify_queue_pages autovacuum_worker_slots
			max_active_replication_origins max_connections`, "work_mem rds.force_ssl log_min_duration_statement"},
		{auroraPostgres(), "apg_plan_mgmt.max_databases apg_plan_mgmt.max_plans", "apg_plan_mgmt.capture_plan_baselines"},
		{auroraMysql(), "aurora_enhanced_binlog binlog_backup binlog_replication_globaldb binlog_format performance_schema_accounts_size", "long_query_time"},
		{mysqlEngine, "performance_schema lower_case_table_names", "binlog_format"},
	} {
		for _, name := range strings.Fields(test.static) {
			require.Equal(t, "pending-reboot", test.e.applyMethod(name), "%s %s", test.e.aws, name)
		}
		for _, name := range strings.Fields(test.others) {
			require.Equal(t, "immediate", test.e.applyMethod(name), "%s %s", test.e.aws, name)
		}
	}
}

// What has come to a version stays in all later ones.
func TestWhatAVersionReachesALaterOneReaches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := rapid.SampledFrom([]engine{auroraPostgres(), auroraMysql()}).Draw(t, "engine")
		major := rapid.SampledFrom(e.majors).Draw(t, "major")
		first := rapid.SampledFrom([]map[string]map[string]int{firstServerless, firstPausing}).Draw(t, "first")
		minor := rapid.IntRange(0, 30)
		a, b := minor.Draw(t, "a"), minor.Draw(t, "b")
		reaches := func(n int) bool {
			text := major + "."
			if e.aws == "aurora-mysql" {
				text += "mysql_aurora.3." + twoDigits(n) + ".0"
			} else {
				text += twoDigits(n)
			}
			return e.reaches(text, first)
		}
		if reaches(min(a, b)) && !reaches(max(a, b)) {
			t.Fatalf("%s %s: %d has it and %d has not", e.aws, major, min(a, b), max(a, b))
		}
		if !reaches(30) || !e.reaches(e.current, first) {
			t.Fatalf("%s %s: the newest has it", e.aws, major)
		}
	})
}

func twoDigits(n int) string { return string(rune('0'+n/10)) + string(rune('0'+n%10)) }

func FuzzMajor(f *testing.F) {
	for _, seed := range []string{"17", "17.4", "8.0", "8.4.5", "8.0.mysql_aurora.3.08.2", "17-R1", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, version string) {
		for _, e := range []engine{postgresEngine, mysqlEngine, auroraPostgres(), auroraMysql()} {
			major := e.major(version)
			if major != "" && (!strings.HasPrefix(version, major) || e.major(major) != major || strings.ContainsAny(version, " \n")) {
				t.Fatalf("%s: %q was read as %q", e.aws, version, major)
			}
		}
	})
}

func TestPasswordsAreWhatAwsTakes(t *testing.T) {
	for password, fine := range map[string]bool{
		"eight888": true, "seven77": false, strings.Repeat("a", 41): true, strings.Repeat("a", 42): false,
		"with space": false, "with/slash": false, "with@sign": false, `with"quote`: false, "wïth-umlaut": false, "!#$%&'()*+": true,
	} {
		require.Equal(t, fine, mysqlEngine.takes(password), password)
	}
}
