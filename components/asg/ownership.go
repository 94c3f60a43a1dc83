package asg

// owner is who changes a number after the group was created.
type owner string

const (
	byProgram  owner = "program"
	byPolicy   owner = "policy"
	bySchedule owner = "schedule"
	byAws      owner = "aws"
)

// owners says for each number of the group who owns it; the package's text has the
// rule in words.
type owners struct {
	min, max, desired owner
}

func (args *GroupArgs) owners() owners {
	o := owners{min: byProgram, max: byProgram, desired: byAws}
	if args.Desired != nil {
		o.desired = byProgram
	}
	if len(args.TargetTracking) > 0 || args.Predictive != nil && args.Predictive.Mode == ForecastAndScale {
		o.desired = byPolicy
	}
	for _, s := range args.allSchedules() {
		if s.Min != nil {
			o.min = bySchedule
		}
		if s.Max != nil {
			o.max = bySchedule
		}
		o.desired = bySchedule
	}
	return o
}

// ignored are the properties of the Auto Scaling group that the program must leave as
// they are in AWS. What AWS owns is not set in the first place, so is not ignored.
func (o owners) ignored() []string {
	var properties []string
	for _, number := range []struct {
		property string
		owner    owner
	}{
		{"desiredCapacity", o.desired}, {"maxSize", o.max},
		{"minElbCapacity", o.min}, // or a new group would wait for more instances than minSize starts
		{"minSize", o.min},
	} {
		if number.owner == byPolicy || number.owner == bySchedule {
			properties = append(properties, number.property)
		}
	}
	return properties
}
