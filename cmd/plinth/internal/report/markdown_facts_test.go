package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/danger"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/exposure"
	"github.com/plinth-iac/plinth/policies/pack"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

func one(w written) *Report { return &Report{Stacks: []*Stack{w.Stack}} }

func TestAStoppedPreviewHasNotAskedAllPolicies(t *testing.T) {
	w := writtenStack("dev", Dangerous, "")
	r := w.part("", change.Update, databaseType, "database", becomes("engineVersion", "15", "16"))
	w.Change.Phase.Error, w.Policies.Partial = "preview failed: it broke", true
	for _, text := range []string{one(w).Markdown(Limit), one(w).Text(false), parse(t, pageOf(t, one(w))).text.String()} {
		require.NotContains(t, text, "none")
	}
	require.Contains(t, one(w).Markdown(Limit), "| 0 | ? | ? | ? | ? |\n")
	w.Policies.New = []Finding{found("duty", "low", true, r, "is off", "set it")}
	require.Contains(t, one(w).Markdown(Limit), "| at least 1 mandatory | ? |")
	require.Contains(t, one(w).Markdown(Limit), "### New policy findings: at least 1 mandatory\n")
	require.Contains(t, one(w).Text(false), "  at least 1 mandatory\n")
	require.Contains(t, pageOf(t, one(w)), ">at least 1 mandatory</td>")
	w.Notes = []string{"The preview is of some targets only."}
	require.NotContains(t, pageOf(t, one(w)), "-cost", "nor is it known what the rest costs")
	require.Contains(t, pageOf(t, one(w)), "<li>The preview is of some targets only.</li>")
	w.Policies.Asked = false
	require.NotContains(t, one(w).Markdown(Limit), "not asked", "whether any would have been is not known")
}

func TestWhatPoliciesRefuseAndWhatFailsAreBothTold(t *testing.T) {
	w := writtenStack("dev", Dangerous, "")
	r := w.part("", change.Update, databaseType, "database", becomes("engineVersion", "15", "16"))
	duty := found("duty", "low", true, r, "is off", "set it")
	w.Policies.Standing = []Finding{duty, found("advice", "low", false, r, "is off", "set it")}
	w.Change.Phase.Policies = []rehearsal.Policy{{Pack: duty.Pack, Name: duty.Policy, Findings: []rehearsal.Finding{duty.Finding}}}
	const refused, failed = "Mandatory policies refuse this", "The preview failed"
	for _, text := range []string{one(w).Markdown(Limit), pageOf(t, one(w))} {
		require.Contains(t, text, refused)
		require.Contains(t, text, "stood before this change: 1 mandatory finding, by which every deploy is refused")
		require.NotContains(t, text, failed)
	}
	w.Change.Phase.Diagnostics = []rehearsal.Diagnostic{{Severity: "error", URN: r.URN, Message: "AWS says no"}}
	w.Policies.New = []Finding{duty}
	for _, text := range []string{one(w).Markdown(Limit), pageOf(t, one(w))} {
		require.Contains(t, text, refused)
		require.Contains(t, text, "1 mandatory finding must be fixed before a deploy; stood before")
		require.Contains(t, text, failed)
		require.Contains(t, text, "AWS says no")
	}
	text := one(w).Text(false)
	require.Contains(t, text, "\n  refused  1 mandatory finding must be fixed")
	require.Contains(t, text, "\n  failed   database")
}

func TestWhatCouldNotBeDecidedIsNoFinding(t *testing.T) {
	w := writtenStack("dev", Look, "")
	w.part("", change.Update, databaseType, "database", becomes("engineVersion", "15", "16"))
	w.Policies.Undecided = []Finding{{"plinth", pack.Undecided, rehearsal.Finding{Message: "1 verdict cannot be given: subnets on database (notYet: it is made)"}}}
	text := one(w).Markdown(Limit)
	require.Contains(t, text, "<summary>Not decided before the deploy</summary>\n\n- 1 verdict cannot be given:\n  - `subnets` on database ")
	require.NotContains(t, text, "found before")
	require.Contains(t, pageOf(t, one(w)), "Not decided before the deploy")
}

func TestAProviderThatChangesIsTold(t *testing.T) {
	const aws = "pulumi:providers:aws"
	w := writtenStack("dev", Safe, "nothing changes")
	w.part("", change.Create, aws, "spare", added("region", "eu-west-1"))
	w.Counts = map[change.Op]int{change.Same: 3}
	require.NotContains(t, one(w).Markdown(Limit), "What changes", "one that is made does nothing")
	w.part("", change.Replace, aws, "main", forcing(becomes("region", "eu-west-1", "eu-central-1")))
	w.Counts = map[change.Op]int{change.Same: 3}
	text := one(w).Markdown(Limit)
	require.Contains(t, text, "What changes: 1 provider</summary>")
	require.Contains(t, text, "@@ ± replace provider/aws main @@\n- region: eu-west-1  # forces replacement\n+ region: eu-central-1")
	require.NotContains(t, text, "spare")
	require.Contains(t, pageOf(t, one(w)), `<p class="lead">1 provider</p>`)
}

func TestWhatIsProtectedNoLongerIsTold(t *testing.T) {
	w := writtenStack("dev", Look, "")
	r := w.part("", change.Same, databaseType, "database", becomes("protect", "true", "false"))
	was := *r.OldState
	was.Protect, r.OldState = true, &was
	text := one(w).Markdown(Limit)
	require.Contains(t, text, "What changes: 1 to unprotect</summary>")
	require.Contains(t, text, "@@ ! unprotect rds/instance database @@\n- protect: true\n+ protect: false\n")
	require.Contains(t, pageOf(t, one(w)), "<ins>false</ins>")
	w.Dangers = []danger.Danger{{Resource: r, Kind: danger.Guard, What: "is protected by nothing any more", Because: []string{"protect"}}}
	require.Contains(t, one(w).Markdown(Limit),
		"> [!WARNING]\n> **No longer protected**\n> - `rds/instance database` **is protected by nothing any more**.\n>   - Because of `protect`\n")
	w.Dangers[0].What = "is kept no longer (protect)"
	require.NotContains(t, one(w).Markdown(Limit), "Because of", "it says so itself")
	w.Dangers[0].What = "is protected by nothing any more"
	require.Contains(t, one(w).Text(false), "\n  guard    rds/instance database is protected by nothing")
	require.Contains(t, pageOf(t, one(w)), `<span class="tag guard">no longer protected</span>`)
}

func TestOfWhatIsMadeTheMostTellingComesFirst(t *testing.T) {
	w := writtenStack("dev", Safe, "")
	w.part("", change.Create, databaseType, "database", added("allocatedStorage", "20"), added("arn", diff.Unknown), added("backup.window[0]", "3"),
		added("instanceClass", "db.t4g.micro"), added("kmsKeyId", "arn:aws:kms:key"), added("subnetIds[]", "subnet-1"), added("username", "web"), tagged("shop"))
	require.Contains(t, one(w).Markdown(Limit),
		"@@ + create rds/instance database @@\n+ instanceClass: db.t4g.micro\n+ allocatedStorage: 20\n+ username: web\n+ backup.window[0]: 3\n```")
}

func TestLongValuesAreToldFromWhereTheyDiffer(t *testing.T) {
	same := strings.Repeat("a", 500)
	was, is := same+"one"+same, same+"two"+same
	lines := strings.Split(propertyLines(change.Update, becomes("userData", was, is)), "\n")
	common := "userData: …" + strings.Repeat("a", leadIn)
	require.True(t, strings.HasPrefix(lines[0], "- "+common+"one"), lines[0])
	require.True(t, strings.HasPrefix(lines[1], "+ "+common+"two"), lines[1])
	require.Less(t, len(lines[0]), mostText+20)
}

func TestWhatDiffersInTagsOnlyIsCounted(t *testing.T) {
	w := writtenStack("dev", Safe, "")
	w.part("", change.Update, databaseType, "database", tagged("shop"))
	require.Contains(t, one(w).Markdown(Limit), "1 resource differs only in tags.\n")
	require.Contains(t, pageOf(t, one(w)), "Only in tags: 1")
}

func TestWhatIsNotKnownIsNotSaidToBeOpen(t *testing.T) {
	w := writtenStack("dev", Look, "")
	for _, name := range []string{"app", "cart", "web"} {
		role := w.part("", change.Update, "aws:iam/policy:Policy", name)
		w.Exposures = append(w.Exposures, exposure.Exposure{Resource: role, Kind: exposure.Permission, What: "what " + name + "-role may do is known after the deploy", Unknown: true})
	}
	text := one(w).Markdown(Limit)
	require.NotContains(t, text, "Newly open")
	require.Contains(t, text, "> [!NOTE]\n> **Not known before the deploy**\n> - `iam/policy app`, `iam/policy cart`, `iam/policy web`: what app-role may do is known after the deploy, "+
		"what cart-role may do is known after the deploy and 1 more.\n\n")
	require.Contains(t, one(w).Text(false), "\n  unknown  what app-role may do")
	require.Contains(t, pageOf(t, one(w)), `<li class="box restart">`)
	w.Exposures[1].Wide = true
	require.Contains(t, one(w).Markdown(Limit), "> [!CAUTION]\n> **Newly open**\n> - `iam/policy cart`: ", "what is open to everybody is, whatever else is not known")
}

func TestADeployThatAWSRefusesStops(t *testing.T) {
	w := writtenStack("dev", Dangerous, "")
	r := w.part("", change.Replace, "aws:ec2/vpc:Vpc", "network")
	w.Deploy = Deploy{This: taking("update", bar("replace", r.Type, r.Name, 360))}
	d := danger.Danger{Resource: r, Kind: danger.Outage, What: "is replaced", Stops: []string{"AWS while something uses it", "its protection"}}
	w.Dangers = []danger.Danger{d}
	require.Contains(t, one(w).Markdown(Limit), "| 6 min |")
	require.Contains(t, one(w).Markdown(Limit), "Refused by AWS while something uses it, and by its protection\n")
	w.Dangers[0].Stops = []string{"AWS, which moves nothing to it"}
	w.judge()
	require.NotContains(t, one(w).Markdown(Limit), "6 min")
	require.Contains(t, one(w).Markdown(Limit), "| stops |")
	require.Contains(t, one(w).Markdown(Limit), "Dangerous: AWS refuses this: `ec2/vpc network` is replaced; refused by AWS, which moves nothing to it\n")
	require.Contains(t, one(w).Text(false), "dev: stops; from nothing")
	require.Contains(t, pageOf(t, one(w)), ">stops</td>")
	require.NotContains(t, pageOf(t, one(w)), "6 min")
}

func TestEveryPolicyThatIsNotDecidedIsAnItem(t *testing.T) {
	require.Equal(t, []string{"- 3 verdicts cannot be given:\n", "  - `iam` on app-data, cart (policy: known later; or never)\n", "  - `s3-tls` on news (url: known later)\n"},
		openItems("3 verdicts cannot be given: iam on app-data, cart (policy: known later; or never); s3-tls on news (url: known later)"))
	require.Equal(t, []string{"- The pack was not asked\n"}, openItems("the pack was not asked"))
}

func TestAResourceInTheHeadlineIsOneName(t *testing.T) {
	w := writtenStack("dev", Look, "ecs/service web of `it`: Deployment web-b moves (Deployment web)")
	for _, name := range []string{"web", "web-b"} {
		w.part("", change.Update, deploymentType, name)
	}
	require.Contains(t, one(w).Markdown(Limit), ": `ecs/service` web of `it`: `Deployment web-b` moves (Deployment web)\n")
	w.Verdict.Reason = "open (Deployment web)"
	require.Contains(t, one(w).Markdown(Limit), ": open (`Deployment web`)\n")
}

func TestTheImagesOfWhatIsMadeAreAlwaysTold(t *testing.T) {
	w := writtenStack("dev", Safe, "")
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		w.part("Service", change.Create, deploymentType, name, added("spec.replicas", "2"), added("spec.template.spec.containers[app].image", "ghcr.io/shop/"+name))
	}
	text := one(w).Markdown(Limit)
	require.Contains(t, text, "@@ + create Deployment a @@\n+ spec.template.spec.containers[app].image: ghcr.io/shop/a\n")
	require.NotContains(t, text, "replicas")
}

func TestAtLeastIsExplained(t *testing.T) {
	c := Cost{Before: costing(100), After: costing(140, "proxy"), Lines: []CostLine{{Type: databaseType, Name: "database", Before: 10, After: 15}}}
	require.Contains(t, c.told(), "At least (≥), as some resources have no price: `rds/proxy`.\n")
	c.After = costing(140)
	require.NotContains(t, c.told(), "At least")
}
