// Package certificate builds a public TLS certificate, AWS Certificate Manager, and proves
// by DNS that its names are the account's.
//
// It promises:
//   - the ARN that it hands out is of a certificate that has been issued. Whoever uses it
//     waits for that, and for nothing else.
//   - it renews itself, as AWS does with a certificate that somebody uses: the records that
//     prove the names stay, even those of a certificate that goes: another one may need
//     them. An alarm says so in time if it does not.
//   - a change of the names is a new certificate, which is issued before the old one goes,
//     and the old one goes after everybody has let go of it.
//
// AWS asks for the same record for a name and for its wildcard, and for every certificate
// of the account, in whichever region. So there is one record for both names, and a second
// certificate finds it in place and shares it. It proves nothing to other accounts. Records
// are therefore left in DNS, where a zone that is to be deleted needs its ForceDestroy;
// DeleteRecords is for the last certificate for a name. ExistingRecords is for a certificate
// whose program cannot reach the zone.
//
// The region is that of the component's provider. CloudFront takes certificates of
// us-east-1 only, a load balancer those of its own region.
//
// Children are named `<name>-certificate`, `<name>-record-<domain>`, `<name>-caa-<domain>`,
// `<name>-validation` and `<name>-alarm-expiry`. TransparencyLogging, Caa and Alarm change
// in place.
//
// Cost, us-east-1: nothing but 0.10 USD a month for the alarm.
package certificate
