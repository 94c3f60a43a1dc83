// Package queue builds a message queue, Amazon SQS, with its dead letters.
//
// It makes two queues of the same kind: the one that is asked for, and one for dead
// letters, where a message goes that was received too often and never deleted. Each has a
// policy; alarms are made on request.
//
// It promises:
//   - encryption: at rest with a key that was chosen in writing, and no access without TLS.
//   - nobody sends or receives unless it is written down: a principal of the account by the
//     statements of this package, an AWS service as one of Senders, for one source only, a
//     topic as one of Topics, which the queue subscribes to once it may send.
//   - nothing is lost in silence: a message that cannot be handled waits for 14 days with
//     the dead letters, an alarm says so, and RedriveStatements let somebody bring it back.
//   - redundancy: the service keeps messages in several zones.
//   - the queues, which hold data, are not deleted by mistake: the engine refuses.
//
// A standard queue keeps counting a message's age when it becomes a dead letter; a FIFO
// queue begins anew. A queue that keeps messages for the full 14 days can therefore lose a
// dead letter soon after it got there.
//
// A dead letter of a FIFO queue no longer holds up its message group, so that what follows
// is handled before it.
//
// Children are named `<name>-queue`, `<name>-dead-letters`, `<name>-policy`,
// `<name>-dead-letters-policy`, `<name>-redrive-allow`, `<name>-subscription-<key>` and
// `<name>-alarm-<key>`. Everything but the kind, standard or FIFO, can change in place.
//
// Cost, us-east-1: 0.40 USD a million requests, 0.50 for a FIFO queue, a million a month
// free; a receive that waits for 20 seconds is one request. An alarm is 0.10. A key of
// one's own is used once in five minutes by each principal, at 0.03 for 10,000 requests.
package queue
