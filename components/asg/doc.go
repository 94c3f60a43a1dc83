// Package asg builds a group of EC2 instances that replaces what fails, scales with
// load and by the clock, and renews itself when its configuration changes.
//
// What it promises:
//   - Redundancy: two instances at least unless told otherwise, spread over the zones
//     of the subnets given; replacements start before the old instance goes; behind a
//     target group, an instance that fails the load balancer's check is replaced.
//   - Encryption and access: encrypted gp3 volumes, metadata service version 2 only, no
//     public address, no key pair and no SSH (Session Manager instead), a security
//     group of its own without a single rule (a stack opens edges with connect.Allow).
//   - Patching: instances are replaced after 30 days at the latest, from the newest
//     Amazon Linux 2023 image, which AWS looks up at launch.
//
// # Who owns the number
//
// A group has three numbers: minimum, maximum and desired size. Each has one owner,
// and what the program does not own it ignores after creation, and only that:
//
//	number    owner
//	min, max  the schedules that set it (Schedules, OffHours); otherwise the program
//	desired   the schedules, if one sets any number (AWS keeps desired within min and
//	          max); otherwise a scaling policy (TargetTracking, or Predictive that
//	          scales); otherwise the program if Desired is set; otherwise AWS
//
// A number that the program does not own is still its first value. A forecast that
// does not scale owns nothing.
//
// # Reaching the world
//
// The instances need the way out that their user data and agents take: for Amazon Linux
// packages HTTPS to Amazon S3 (a gateway endpoint will do), for Session Manager HTTPS to
// Systems Manager (NAT, or the interface endpoints ssm, ssmmessages and ec2messages).
//
// # Cost
//
// The group itself is free. Two t4g.small with 20 GiB each are about 30 USD a month in
// us-east-1, detailed monitoring 2 USD per instance; OffHours cuts a development group
// by about two thirds, Spot by about as much.
package asg
