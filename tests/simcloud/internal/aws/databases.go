package aws

import (
	_ "embed"
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// data/databases.json says which database and cache engines exist, in which versions, on which classes, and what each of them accepts. Words
// in one string stand for a set.
//
//go:embed data/databases.json
var databasesText []byte

type databaseBook struct {
	Engines    map[string]*engine
	Classes    map[string]string
	Parameters map[string]parameterFacts
	Serverless map[string]json.RawMessage
	Caches     map[string]cacheEngine
	Nodes      map[string]string
	// Events are the categories of events, by type of source.
	Events map[string][]string
	// Postponed are the properties, by kind, whose change waits for the maintenance window unless it is to be applied immediately.
	Postponed map[string]string
}

type engine struct {
	// Aurora engines live in clusters.
	Aurora bool
	Port   int
	// Majors are the major versions, oldest first; Extended are past the end of standard support.
	Majors            []string
	Extended, Default string
	// Family is the parameter group family, of {major} or {short} (15.0 for 15.00).
	Family string
	// Stepwise engines upgrade one major version at a time.
	Stepwise bool
	// Graviton is the first major version that runs on such classes, Latest the first that runs on generation 8; empty for none and any.
	Graviton, Latest string
	// Classes are the first letters of the class families.
	Classes string
	// User, Password and Name are the longest master username, password and database name; no Name means that none may be given.
	User, Password, Name     int
	Logs, Licenses, Reserved string
	// Storage is the most GiB, Stripe the size from which gp3 takes IOPS and throughput.
	Storage, Stripe int
	// Insights are the sizes that Performance Insights does not run on.
	Insights string
	// Replicas is how many an instance may have, 15 if 0.
	Replicas               int
	NoReplicas, SingleZone bool
}

// parameterFacts are the parameters that only an engine has, those that need a reboot, and those that Aurora keeps per cluster.
type parameterFacts struct{ Own, Static, Cluster string }

type cacheEngine struct {
	Versions, Default, Serverless string
	Port                          int
}

var databases = sync.OnceValue(func() *databaseBook {
	book := &databaseBook{}
	if err := json.Unmarshal(databasesText, book); err != nil {
		panic(say("data/databases.json: %v", err)) // embedded data, held by a test
	}
	return book
})

// major is the major version that a version belongs to, or "".
func (e *engine) major(version string) string {
	for _, m := range slices.Backward(e.Majors) {
		if version == m || strings.HasPrefix(version, m+".") {
			return m
		}
	}
	return ""
}

var minorForms = map[string]*regexp.Regexp{
	"aurora-mysql": regexp.MustCompile(`^(5\.7|8\.0)(\.mysql_aurora\.[23]\.\d\d\.\d+)?$`),
	"other":        regexp.MustCompile(`^\d+(\.[a-z0-9-]+)*$`),
	"postgres":     regexp.MustCompile(`^\d+(\.\d+)?(-R\d+)?(-rds\.\d+)?(-limitless)?$`),
}

// exists says whether a version is of a major version that exists and has the engine's form. Minor versions come and go too often to be listed.
func (e *engine) exists(version string) bool {
	form := minorForms["other"]
	switch {
	case strings.HasPrefix(e.Family, "aurora-mysql"):
		form = minorForms["aurora-mysql"]
	case strings.Contains(e.Family, "postgres"):
		form = minorForms["postgres"]
	}
	return e.major(version) != "" && form.MatchString(version)
}

func (e *engine) family(version string) string {
	m := e.major(version)
	return strings.NewReplacer("{major}", m, "{short}", strings.TrimSuffix(m, "0")).Replace(e.Family)
}

// knows says whether a parameter group family is one of the engine's.
func (e *engine) knows(family string) bool {
	return slices.ContainsFunc(e.Majors, func(m string) bool { return e.family(m) == family })
}

// before says whether version a's major is older than b's.
func (e *engine) before(a, b string) bool {
	return slices.Index(e.Majors, e.major(a)) < slices.Index(e.Majors, e.major(b))
}

// engine is the engine and version that a request is about: a replica's come from its source, what is not given from the default.
func (r *Request) engine() (string, *engine, string) { return r.engineOf(r.New) }

func (r *Request) engineOf(props Obj) (name string, e *engine, version string) {
	name, version = props.Str("engine"), props.Str("engineVersion")
	if source := r.replicaSource(props); source != nil {
		if name == "" {
			name = source.Props.Str("engine")
		}
		if version == "" {
			version = source.Props.Str("engineVersion")
		}
	}
	if from := r.ancestor(props); from != nil && version == "" {
		version = from.Str("engineVersion")
		if name == "" {
			name = from.Str("engine")
		}
	}
	if name == "" && strings.HasPrefix(r.Kind, "docdb.") {
		name = "docdb"
	}
	e = databases().Engines[name]
	if e != nil && version == "" {
		version = e.Default
	}
	return name, e, version
}

// versionCovers says whether a version is the running one, or what is left of it when its last parts are left out.
func versionCovers(version, running string) bool {
	return version == running || strings.HasPrefix(running, version+".")
}

// compareVersions compares dotted versions number by number; letters count as the text they are.
func compareVersions(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(x, y string) int {
		m, okM := number(x)
		n, okN := number(y)
		if okM && okN {
			return m - n
		}
		return strings.Compare(x, y)
	})
}

var (
	classForm  = regexp.MustCompile(`^db\.([a-z]+\d+[a-z]*)\.([a-z0-9]+)$`)
	graviton   = regexp.MustCompile(`^[a-z]+\d+g`)
	generation = regexp.MustCompile(`\d+`)
)

// runs says whether an engine version can run on an instance class.
func (e *engine) runs(version, class string) bool {
	if class == "db.serverless" {
		return strings.Contains(e.Classes, "s")
	}
	m := classForm.FindStringSubmatch(class)
	if m == nil || !oneOf(m[2], databases().Classes[m[1]]) || !oneOf(m[1][:1], e.Classes) {
		return false
	}
	family, size := m[1], m[2]
	switch {
	case e.Aurora && family[0] == 't' && !oneOf(size, "medium large"):
		return false
	case graviton.MatchString(family) && (e.Graviton == "" || e.before(version, e.Graviton)):
		return false
	case generation.FindString(family) == "8" && e.Latest != "" && e.before(version, e.Latest):
		return false
	}
	return true
}

// given reads the first of the named properties that has a value; databases and their clusters call the same thing by different names.
func given(props Obj, keys ...string) string {
	for _, key := range keys {
		if v := props.Str(key); v != "" {
			return v
		}
	}
	return ""
}

// changes says whether the request sets one of the properties to something new. What AWS once filled in stays among the properties of
// an update, and is not judged again.
func (r *Request) changes(keys ...string) bool {
	return r.Op == Create || slices.ContainsFunc(keys, func(key string) bool { return !reflect.DeepEqual(r.New[key], r.Old[key]) })
}

// anywhere finds a resource by property in whatever account and region it is.
func (r *Request) anywhere(kind, property, value string) *Resource {
	for _, res := range r.kinds[kind] {
		if value != "" && res.Props.Str(property) == value {
			return res
		}
	}
	return nil
}

// within says that a number that was given lies in a range.
func within(props Obj, path string, least, most int) bool {
	v, ok := props.Get(path).(float64)
	return !ok || v >= float64(least) && v <= float64(most)
}

const (
	hourMinutes = 60
	dayMinutes  = 24 * hourMinutes
	weekMinutes = 7 * dayMinutes
)

var (
	dailyForm  = regexp.MustCompile(`^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$`)
	weeklyForm = regexp.MustCompile(`^(?i)(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):([0-5]\d)-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):([0-5]\d)$`)
)

// window is a stretch of time in minutes from the start of its period.
type window struct{ start, length int }

func parseDaily(text string) (window, bool) {
	m := dailyForm.FindStringSubmatch(text)
	if m == nil {
		return window{}, false
	}
	from, to := clock(m[1], m[2]), clock(m[3], m[4])
	return window{from, (to - from + dayMinutes) % dayMinutes}, true
}

func parseWeekly(text string) (window, bool) {
	m := weeklyForm.FindStringSubmatch(text)
	if m == nil {
		return window{}, false
	}
	weekday := func(name string) int {
		return slices.Index(strings.Fields("mon tue wed thu fri sat sun"), strings.ToLower(name)) * dayMinutes
	}
	from, to := weekday(m[1])+clock(m[2], m[3]), weekday(m[4])+clock(m[5], m[6])
	return window{from, (to - from + weekMinutes) % weekMinutes}, true
}

func clock(hours, minutes string) int {
	h, _ := strconv.Atoi(hours)
	m, _ := strconv.Atoi(minutes)
	return h*hourMinutes + m
}

// overlap says whether a daily window and a weekly one meet.
func overlap(daily, weekly string) bool {
	d, ok := parseDaily(daily)
	w, fine := parseWeekly(weekly)
	if !ok || !fine {
		return false
	}
	for start := d.start - dayMinutes; start < 2*weekMinutes; start += dayMinutes {
		if start < w.start+w.length && w.start < start+d.length || start-weekMinutes < w.start+w.length && w.start < start-weekMinutes+d.length {
			return true
		}
	}
	return false
}

// windowProblem judges the daily and the weekly window of a database or cache; least is the shortest daily window in minutes.
func windowProblem(daily, weekly string, least int) string {
	if daily != "" {
		if w, ok := parseDaily(daily); !ok || w.length < least {
			return say("Invalid daily window '%s'. It must be in the format hh24:mi-hh24:mi and at least %d minutes long.", daily, least)
		}
	}
	if weekly != "" {
		if w, ok := parseWeekly(weekly); !ok || w.length < 30 || w.length >= dayMinutes {
			return say("Invalid maintenance window '%s'. It must be in the format ddd:hh24:mi-ddd:hh24:mi, at least 30 minutes and less than a day long.", weekly)
		}
	}
	if overlap(daily, weekly) {
		return "The backup window and maintenance window must not overlap."
	}
	return ""
}

// postpone leaves what is to change in the maintenance window as it is, and gives it. Until then the provider reads, and plans to change, what is
// there.
func (r *Request) postpone() Obj {
	if r.New.Bool("applyImmediately") || r.New.Bool("blueGreenUpdate.enabled") {
		return nil
	}
	pending := Obj{}
	for _, key := range strings.Fields(databases().Postponed[r.Kind]) {
		if r.Old[key] != nil && r.changes(key) {
			pending[key], r.New[key] = r.New[key], r.Old[key]
		}
	}
	return pending
}

// Maintain lets the maintenance windows of everything pass: what waits for them is done.
func (w *World) Maintain() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for kind := range databases().Postponed {
		for _, r := range w.kinds[kind] {
			maps.Copy(r.Props, r.pending)
			r.pending = nil
		}
	}
}

// readVersion reads the version of a database as the provider does when AWS has changed it: a program that names a part of it goes on doing so.
func readVersion(props, before Obj) {
	running, was := props.Str("engineVersionActual"), before.Str("engineVersion")
	switch {
	case props.Str("engineVersion") != was:
		running = props.Str("engineVersion")
	case running == before.Str("engineVersionActual"):
		return
	}
	if props["engineVersionActual"] == nil { // a type that knows no other version
		return
	}
	props["engineVersionActual"], props["engineVersion"] = running, running
	if versionCovers(was, running) {
		props["engineVersion"] = was
	}
}
