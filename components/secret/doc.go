// Package secret keeps what an application must know and others must not: secrets that
// can be rotated, and a tree of parameters.
//
// A Secret is a secret in Secrets Manager with a policy that no other account gets past,
// on request with a first value, rotation by a function, and replicas in other regions.
// Parameters are SSM parameters under one path, plain ones and encrypted ones, that an
// application reads in one call.
//
// They promise:
//   - encryption at rest under a key that was chosen in writing.
//   - a secret is not lost by mistake: the engine refuses to delete it, and AWS keeps a
//     deleted one for 30 days.
//   - values are secret in state and logs, and are in no output of a component.
//   - a value has one owner: the program, or the rotation, whose values the program
//     never overwrites.
//
// A secret's name ends in a random suffix, so that one that was deleted and waits for its
// end does not stand in the way of its successor. A parameter has exactly the name that
// was asked for.
//
// Cost, us-east-1: 0.40 USD a month for a secret and for each replica, and 0.05 for
// 10,000 requests; standard parameters are free.
package secret
