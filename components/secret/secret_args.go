package secret

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// ValueOwner is who decides what the secret's value is.
type ValueOwner string

// The owners.
const (
	// Program writes each value that it is given, as a new version.
	Program ValueOwner = "Program"
	// Rotation owns the value after the first one: a function, a person or another
	// service. The program ignores what it is given later. AWS forgets the first version
	// after about a hundred rotations; a refresh would then have it written again, so
	// leave Value out once the rotation works. The first value stays until then.
	Rotation ValueOwner = "Rotation"
)

// SecretArgs are the arguments of a Secret.
type SecretArgs struct { //nolint:revive // named after NewSecret, as the arguments of every component are
	// Region is the secret's region.
	Region string `pulumi:"region"`
	// AccountId is the AWS account, twelve digits. The secret's policy keeps all other
	// accounts out.
	AccountId string `pulumi:"accountId"`
	// Description says what the secret is for; it is not secret. Default: none.
	Description string `pulumi:"description,optional"`
	// KmsKeyArn is the key that encrypts the secret. Required unless AwsManagedKey is set.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// AwsManagedKey encrypts with the key aws/secretsmanager. Default: false.
	AwsManagedKey bool `pulumi:"awsManagedKey,optional"`

	// Value is the value, or the first value. Default: none, it is written elsewhere.
	Value pulumi.StringInput `pulumi:"value,optional"`
	// ValueOwner is Program or Rotation. Default: Rotation if there is one, or Program.
	ValueOwner ValueOwner `pulumi:"valueOwner,optional"`
	// Rotation lets a function change the value regularly. Default: none.
	Rotation *RotationArgs `pulumi:"rotation,optional"`

	// Replicas are copies of the secret in other regions, by region. They follow its
	// value. Default: none.
	Replicas map[string]ReplicaArgs `pulumi:"replicas,optional"`
	// RecoveryWindowDays is how long a deleted secret can be brought back, 7 to 30.
	// Default: 30.
	RecoveryWindowDays int `pulumi:"recoveryWindowDays,optional"`
	// DeletionProtection makes the engine refuse to delete the secret. Default: true.
	DeletionProtection *bool `pulumi:"deletionProtection,optional"`
	// Tags are put on the secret. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// ReplicaArgs are a copy of the secret in another region.
type ReplicaArgs struct {
	// KmsKeyArn is a key in the replica's region. Required unless AwsManagedKey is set.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// AwsManagedKey encrypts with the region's key aws/secretsmanager. Default: false.
	AwsManagedKey bool `pulumi:"awsManagedKey,optional"`
}

// RotationArgs let a function change the value.
type RotationArgs struct {
	// LambdaArn is the function. Its policy must let secretsmanager.amazonaws.com invoke
	// it before the rotation is made, so the ARN should wait for that permission.
	LambdaArn pulumi.StringInput `pulumi:"lambdaArn"`
	// Days is how often the value changes, 1 to 1000 days. Default: 30, without Schedule.
	Days int `pulumi:"days,optional"`
	// Schedule is when the value changes, instead of Days: rate(4 hours) or longer, or a
	// cron expression on the hour, such as cron(0 4 ? * SUN *), UTC. Default: by Days.
	Schedule string `pulumi:"schedule,optional"`
	// WindowHours is within how many hours of its time a rotation starts, 1 to 24.
	// Default: AWS decides, at most until the end of the day.
	WindowHours int `pulumi:"windowHours,optional"`
	// Immediately rotates when the rotation is made or changed, not only at the next time.
	// Default: true, which shows at once whether it works.
	Immediately *bool `pulumi:"immediately,optional"`
}

var (
	rateForm = regexp.MustCompile(`^rate\(([1-9][0-9]{0,3}) (hours?|days?)\)$`)
	cronForm = regexp.MustCompile(`^cron\(0 [0-9A-Z*/,-]+ (\? [0-9A-Z*/,-]+ [0-9A-Z*#,-]+|[0-9A-Z*/,-]+ [0-9A-Z*/,-]+ \?) \*\)$`)
)

const leastRateHours, mostRateDays = 4, 999

func (a SecretArgs) withDefaults() *SecretArgs {
	if a.Rotation != nil {
		a.Rotation = base.CopyOf(a.Rotation)
		if a.Rotation.Schedule == "" {
			base.Default(&a.Rotation.Days, 30)
		}
		base.DefaultRef(&a.Rotation.Immediately, true)
		base.Default(&a.ValueOwner, Rotation)
	}
	base.Default(&a.ValueOwner, Program)
	base.Default(&a.RecoveryWindowDays, 30)
	base.DefaultRef(&a.DeletionProtection, true)
	return &a
}

func (a *SecretArgs) validate(name string) error {
	var errs fielderr.List
	datastore.CheckRegion(&errs, a.Region)
	datastore.CheckAccount(&errs, a.AccountId)
	datastore.CheckKey(&errs, a.KmsKeyArn, a.AwsManagedKey)
	switch {
	case a.ValueOwner != Program && a.ValueOwner != Rotation:
		errs.Unsupported("valueOwner", a.ValueOwner, string(Program), string(Rotation))
	case a.ValueOwner == Program && a.Rotation != nil:
		errs.Conflict("valueOwner", "rotation", "each deploy would undo the last rotation")
	}
	datastore.Between(&errs, "recoveryWindowDays", a.RecoveryWindowDays, 7, 30)
	for region, r := range a.Replicas {
		errs := errs.At("replicas", fielderr.Key(region))
		if region == a.Region {
			errs.Add("", "is the secret's own region")
		}
		datastore.CheckKey(errs, r.KmsKeyArn, r.AwsManagedKey)
	}
	a.Rotation.validate(errs.At("rotation"))
	return errs.Err(fmt.Sprintf("secret.Secret %q", name))
}

func (r *RotationArgs) validate(errs *fielderr.List) {
	if r == nil {
		return
	}
	if r.LambdaArn == nil {
		errs.Required("lambdaArn")
	}
	switch {
	case r.Schedule == "":
		datastore.Between(errs, "days", r.Days, 1, 1000)
	case r.Days != 0:
		errs.Conflict("schedule", "days", "a rotation has one rhythm")
	case !cronForm.MatchString(r.Schedule) && !validRate(r.Schedule):
		errs.Invalid("schedule", r.Schedule, "must be rate(%d hours) or longer, or a cron expression of six fields with minute 0 and year *", leastRateHours)
	}
	if r.WindowHours != 0 {
		datastore.Between(errs, "windowHours", r.WindowHours, 1, 24)
	}
}

// validRate says whether a rate is slow enough and agrees in number: 1 day, 2 days.
func validRate(text string) bool {
	m := rateForm.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	n, _ := strconv.Atoi(m[1]) // digits by the form
	one, days := !strings.HasSuffix(m[2], "s"), strings.HasPrefix(m[2], "day")
	return (n == 1) == one && (days && n <= mostRateDays || !days && n >= leastRateHours)
}
