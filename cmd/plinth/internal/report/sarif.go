package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/danger"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/exposure"
	"github.com/plinth-iac/plinth/policies/pack"
	"github.com/plinth-iac/plinth/policies/rule"
)

// The parts of SARIF 2.1.0 that code scanning reads.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Version        string      `json:"version"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID         string           `json:"id"`
		Short      sarifText        `json:"shortDescription"`
		Full       sarifText        `json:"fullDescription"`
		Help       sarifText        `json:"help"`
		HelpURI    string           `json:"helpUri,omitempty"`
		Properties *sarifProperties `json:"properties,omitempty"`
	}
	sarifProperties struct {
		Tags []string `json:"tags,omitempty"`
		// Severity is from 0 to 10, read of rules with the tag "security".
		Severity string `json:"security-severity,omitempty"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level   string    `json:"level"`
		Message sarifText `json:"message"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI  string `json:"uri"`
		Base string `json:"uriBaseId"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
)

const (
	sarifHome   = "https://github.com/plinth-iac/plinth"
	sarifHelp   = sarifHome + "/blob/main/policies/README.md"
	sarifSchema = "https://json.schemastore.org/sarif-2.1.0.json"
)

// sarifSeverities are numbers that code scanning shows by the same word.
var sarifSeverities = map[rule.Severity]string{rule.Critical: "9.5", rule.High: "8.0", rule.Medium: "5.5", rule.Low: "3.0"}

// sarifOwn are the rules for what is no finding of a policy.
var sarifOwn = map[string]sarifRule{
	dangerRule(danger.Loss): sarifRuleOf("The change keeps all data", "What is deleted or replaced comes back empty, or not at all.",
		"leave the properties that force it as they are, or move the data first"),
	dangerRule(danger.Outage): sarifRuleOf("What others use stays there", "While it is away, everything that uses it fails.",
		"deploy at a time when nobody needs it, or make the new one beside the old one first"),
	dangerRule(danger.Restart): sarifRuleOf("Nothing restarts", "A restart may be a short break for everything that uses it.",
		"deploy at a quiet time"),
	dangerRule(danger.Rollout): sarifRuleOf("Nothing is rolled out", "Each part is replaced by one of the new version, a few at a time.",
		"nothing, if this is the new version that is wanted"),
	dangerRule(danger.Guard): sarifRuleOf("What keeps data stays in place", "Without it the next mistake deletes what nobody can make again.",
		"leave the protection on, or say in the change why it is taken off"),
	exposureRule(exposure.Network): sarifRuleOf("No network is opened to everybody", "Everybody on the internet may try to connect.",
		"name the addresses or the security group that need it").of(rule.Exposure, rule.High),
	exposureRule(exposure.Endpoint): sarifRuleOf("Nothing gets an address on the internet", "Everybody on the internet can reach it.",
		"keep it private, behind a load balancer, a CDN or a VPN").of(rule.Exposure, rule.High),
	exposureRule(exposure.Permission): sarifRuleOf("No permission allows everything", "Who gets hold of it can do everything with everything.",
		"name the actions and the resources").of(rule.Exposure, rule.High),
	exposureRule(exposure.Trust): sarifRuleOf("Nobody from outside is trusted without limits", "Everybody can act as it, or use it.",
		"name the accounts or services, with conditions").of(rule.Exposure, rule.High),
}

// sarifRuleOf is a rule in words.
func sarifRuleOf(title, why, fix string) sarifRule {
	return sarifRule{Short: sarifText{title}, Full: sarifText{why}, Help: sarifText{why + " Fix: " + fix + "."}}
}

// sarifSecurity are the categories that are about security. Code scanning reads how severe a
// rule is only of those; of others the level of a result has to do.
var sarifSecurity = []rule.Category{rule.Encryption, rule.Exposure, rule.Access}

// of is the rule as one of a category of policies.
func (r sarifRule) of(category rule.Category, severity rule.Severity) sarifRule {
	r.Properties = &sarifProperties{Tags: []string{string(category)}}
	if slices.Contains(sarifSecurity, category) {
		r.Properties = &sarifProperties{Tags: []string{"security", string(category)}, Severity: sarifSeverities[severity]}
	}
	return r
}

func dangerRule(k danger.Kind) string     { return "change-" + string(k) }
func exposureRule(k exposure.Kind) string { return "change-open-" + string(k) }

// SARIF writes what is new for code scanning: new policy findings, dangers, and what is
// opened to everybody. Places are in files below root, the folder of the repository.
func (r *Report) SARIF(w io.Writer, root string) error {
	s := sarifWriter{root: root, known: map[string]*rule.Rule{}, told: map[string]int{}}
	for _, known := range pack.Rules() {
		s.known[known.ID] = known
	}
	s.run = sarifRun{
		Tool:        sarifTool{sarifDriver{Name: "plinth", InformationURI: sarifHome, Version: pack.Version, Rules: []sarifRule{}}},
		Invocations: []sarifInvocation{{Successful: true}}, Results: []sarifResult{},
	}
	for _, one := range r.Stacks {
		s.stack(one)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{s.run}})
}

// sarifWriter gathers the only run.
type sarifWriter struct {
	root  string
	known map[string]*rule.Rule
	run   sarifRun
	// told counts results by what identifies them from run to run.
	told map[string]int
}

func (w *sarifWriter) stack(s *Stack) {
	at := placesIn(w.root, s.Change)
	if failure := s.Failed(); failure != "" {
		run := &w.run.Invocations[0]
		run.Successful = false
		run.Notifications = append(run.Notifications, sarifNotification{"error", sarifText{s.Name + ": the preview fails: " + failure}})
	}
	add := func(id, level, urn, message string) {
		w.result(id, level, s.Name+": "+message, urn, at.of(s.Change.Find(urn)))
	}
	for _, f := range s.Policies.New {
		level := "warning"
		if f.Mandatory {
			level = "error"
		}
		id := f.Policy
		if w.known[id] == nil && f.Pack != pack.Plinth.Name {
			id = f.Pack + "/" + f.Policy // two packs of others may use one name for different things
		}
		add(id, level, f.URN, f.Message)
	}
	for _, d := range s.Dangers {
		message := dangerLine(d)
		if d.Instead != "" {
			message += ". Instead: " + d.Instead
		}
		add(dangerRule(d.Kind), dangerLevel(d), d.Resource.URN, message)
	}
	for _, e := range s.Exposures {
		if e.Wide {
			add(exposureRule(e.Kind), "error", e.Resource.URN, exposureLine(e))
		}
	}
}

// dangerLevel is how bad a danger is. What is kept, and nothing refuses, is no loss for good.
func dangerLevel(d danger.Danger) string {
	switch {
	case d.Kind == danger.Loss && (len(d.Keeps) == 0 || len(d.Stops) > 0):
		return "error"
	case d.Kind == danger.Restart, d.Kind == danger.Rollout:
		return "note"
	}
	return "warning"
}

func (w *sarifWriter) result(id, level, message, urn string, at place) {
	rules := &w.run.Tool.Driver.Rules
	index := slices.IndexFunc(*rules, func(r sarifRule) bool { return r.ID == id })
	if index < 0 {
		index = len(*rules)
		*rules = append(*rules, w.rule(id))
	}
	same := sha256.Sum256([]byte(id + "\n" + urn))
	identity := hex.EncodeToString(same[:8])
	w.told[identity]++
	w.run.Results = append(w.run.Results, sarifResult{
		RuleID: id, RuleIndex: index, Level: level, Message: sarifText{message},
		Locations: []sarifLocation{{sarifPhysical{sarifArtifact{at.uri(), "%SRCROOT%"}, sarifRegion{at.line}}}},
		// By this an alert stays the same one when lines move.
		Fingerprints: map[string]string{"primaryLocationLineHash": fmt.Sprintf("%s:%d", identity, w.told[identity])},
	})
}

// rule tells of a rule what is known of it.
func (w *sarifWriter) rule(id string) sarifRule {
	if own, is := sarifOwn[id]; is {
		own.ID = id
		return own
	}
	known := w.known[id]
	if known == nil {
		return sarifRule{ID: id, Short: sarifText{id}, Full: sarifText{"A policy that only its pack knows."}, Help: sarifText{"See the message."}}
	}
	r := sarifRuleOf(known.Title, known.Why, known.Fix).of(known.Category, known.Severity)
	r.ID, r.HelpURI = id, sarifHelp
	return r
}
