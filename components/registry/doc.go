// Package registry keeps container images, in Amazon ECR: a Repository for one's own, and a
// PullThroughCache for those of others.
//
// A Repository is a repository with what expires its images and, on request, a policy that
// lets other accounts and functions pull. A PullThroughCache has a rule for each upstream
// registry: an image that is asked for under the rule's prefix is fetched once, kept in a
// repository that AWS makes for it, and compared with the upstream once a day. Pods then
// start though the upstream is away, or counts their pulls. Where ECR is reached by a VPC
// endpoint, the very first pull of an image still needs a way to the internet; have it done
// from elsewhere if there is none.
//
// They promise:
//   - encryption: at rest with a key that was chosen in writing, in transit always.
//   - what was tested is what runs: a tag of a repository can never be moved. A cache
//     follows the tags of its upstream.
//   - every image is scanned when it is pushed to a repository. What a cache fetches is
//     scanned if the account's own settings say so.
//   - images go when they are many or have lost their tag, and never by mistake: the engine
//     refuses to delete a repository, and AWS one that has images in it. The parts of an
//     image for several platforms have no tags, and stay with it.
//   - redundancy: the service keeps images in several zones.
//
// Scanning by Inspector (RegistryScanningConfiguration), replication to other regions and
// the registry's own policy are settings of the whole account and region. A component that
// owned one of them would change the repositories of others, so none of these does; set
// them once for the account. Inspector takes the place of the scan on push.
//
// Repositories that a cache has filled stay when it is destroyed, and cost what they hold.
//
// Children are named `<name>-repository`, `<name>-lifecycle` and `<name>-policy`; those of
// a cache `<name>-role`, `<name>-role-policy`, `<name>-template-<prefix>` and
// `<name>-rule-<prefix>`.
//
// Cost, us-east-1: 0.10 USD a GB and month; pulls within the region are free, and so is the
// scan on push.
package registry
