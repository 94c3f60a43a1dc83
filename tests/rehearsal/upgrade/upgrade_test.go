package upgrade_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/rehearsal"
	"github.com/plinth-iac/plinth/tests/rehearsal/upgrade"
)

const text = `# Changelog

How it is written: ` + "`- replaces: <type> <name>`" + `.

## Unreleased

- deletes: aws:ec2/route:Route old-route

## v1.1.0 (2026-11-23)

- better
- replaces: aws:ec2/launchTemplate:LaunchTemplate web-template
- replaces: aws:kms/key:Key data-key

## 1.0.0

- deletes: aws:ec2/subnet:Subnet subnet-c
`

func plan(op, typ, name string, properties ...string) rehearsal.Phase {
	return rehearsal.Phase{Steps: []rehearsal.Step{
		{Op: "create", URN: "urn:pulumi:dev::app::aws:s3/bucketV2:BucketV2::new"},
		{Op: "update", URN: "urn:pulumi:dev::app::aws:kms/key:Key::key"},
		{Op: op, URN: "urn:pulumi:dev::app::my:pkg:Parent$" + typ + "::" + name, Properties: properties},
	}}
}

func TestALossIsAllowedIfALaterVersionNamesIt(t *testing.T) {
	log, err := upgrade.ParseChangelog(text)
	require.NoError(t, err)
	require.Equal(t, []string{"1.1.0", "1.0.0"}, log.Released())
	for name, test := range map[string]struct {
		plan rehearsal.Phase
		from string
		want string // empty: allowed
	}{
		"named later":         {plan("replace", "aws:ec2/launchTemplate:LaunchTemplate", "web-template"), "v1.0.0", ""},
		"named as unreleased": {plan("delete", "aws:ec2/route:Route", "old-route"), "1.1.0", ""},
		"named too early": {plan("delete", "aws:ec2/subnet:Subnet", "subnet-c"), "v1.0.0",
			"deletes: aws:ec2/subnet:Subnet subnet-c (the changelog does not name it)"},
		"named in the version itself": {plan("replace", "aws:ec2/launchTemplate:LaunchTemplate", "web-template", "name"), "v1.1.0",
			"replaces: aws:ec2/launchTemplate:LaunchTemplate web-template (because of name; the changelog does not name it)"},
		"another operation": {plan("delete", "aws:ec2/launchTemplate:LaunchTemplate", "web-template"), "v1.0.0",
			"deletes: aws:ec2/launchTemplate:LaunchTemplate web-template"},
		"another name":    {plan("delete", "aws:ec2/route:Route", "old-route-2"), "v1.1.0", "deletes: aws:ec2/route:Route old-route-2"},
		"stateful":        {plan("replace", "aws:kms/key:Key", "data-key"), "v1.0.0", "replaces: aws:kms/key:Key data-key (it is stateful)"},
		"unknown version": {rehearsal.Phase{}, "v0.9.0", "the changelog has no version v0.9.0"},
	} {
		t.Run(name, func(t *testing.T) {
			err := upgrade.Check(test.plan, test.from, log)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "new")
		})
	}
}

func TestALineThatNamesNothingIsRefused(t *testing.T) {
	for _, line := range []string{"- replaces: web-template", "- replaces aws:kms/key:Key key", "- deletes: `aws:kms/key:Key` the key", "* deletes: a:b:C d"} {
		_, err := upgrade.ParseChangelog("## 1.0.0\n" + line + "\n")
		require.ErrorContains(t, err, "changelog, line 2", line)
	}
	_, err := upgrade.ParseChangelog("- deletes: a:b:C d\n")
	require.ErrorContains(t, err, "under a version")
	_, err = upgrade.ParseChangelog("## 1.0.0\n## Soon\n")
	require.ErrorContains(t, err, `"Soon" is no version`)
}
