// Package topic builds a topic, Amazon SNS: what is published to it goes to everybody who
// subscribed, with a queue for what cannot be delivered.
//
// It promises:
//   - encryption: at rest with a key that was chosen in writing, and nothing is published
//     without TLS.
//   - nobody publishes unless it is written down: a principal of the account by
//     PublishStatements, an AWS service as one of Publishers, for one source only.
//   - nothing is lost in silence: what a subscriber does not take, after the retries of SNS,
//     waits for 14 days with the dead letters, and an alarm says so.
//   - redundancy: the service keeps messages in several zones.
//   - adding or removing a subscription touches that subscription only.
//   - the topic and its dead letters are not deleted by mistake: the engine refuses.
//
// A queue or a function of this library subscribes itself, with TopicArn and DeadLetterArn:
// it must let the topic in before the first message comes. Subscriptions are for everybody
// else: e-mail, HTTPS, and queues and functions that are not of the same program.
//
// Children are named `<name>-topic`, `<name>-policy`, `<name>-dead-letters`,
// `<name>-dead-letters-policy`, `<name>-subscription-<key>`, `<name>-alarm-<key>`, and for
// delivery logs `<name>-delivery-role`, `<name>-delivery-role-policy`, `<name>-deliveries` and
// `<name>-failed-deliveries`. Everything but the kind, standard or FIFO, can change in place.
//
// Cost, us-east-1: 0.50 USD a million published messages, a million a month free; deliveries
// to queues and functions are free, to HTTPS 0.60 a million, e-mails 2.00 per 100,000. An
// alarm is 0.10. A key of one's own is used once in five minutes by each publisher.
package topic
