package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// event is what happened to an order, as the checkout publishes it. Fields that are not
// named here are kept as well: the whole message is written.
type event struct {
	// Id names the event; a publisher that tries again says the same.
	Id string `json:"id"`
	// OrderId is the order that it is about.
	OrderId string `json:"orderId"`
	// Type is what happened, such as "placed".
	Type string `json:"type"`
	// Time is when it happened.
	Time time.Time `json:"time"`
}

// Ids and types are parts of keys.
var nameForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// store is the part of S3 that is used.
type store interface {
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

type keeper struct {
	store  store
	bucket string
}

// handle answers with the messages that could not be kept. Only those are received again,
// and at last become dead letters.
func (k *keeper) handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	var response events.SQSEventResponse
	for _, message := range batch.Records {
		log := slog.With("message", message.MessageId)
		key, err := k.keep(ctx, message.Body)
		if err != nil {
			log.ErrorContext(ctx, "not kept", "error", err.Error())
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: message.MessageId})
			continue
		}
		log.InfoContext(ctx, "kept", "key", key)
	}
	return response, nil
}

// keep writes an event under a key of its own. A message that comes again finds the object
// there, and that is as good: the first record stays.
func (k *keeper) keep(ctx context.Context, body string) (string, error) {
	e, err := parse(body)
	if err != nil {
		return "", err
	}
	key := e.key()
	_, err = k.store.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &k.bucket, Key: &key, Body: bytes.NewReader([]byte(body)),
		ContentType: aws.String("application/json"), IfNoneMatch: aws.String("*"),
	})
	if err != nil && !isThere(err) {
		return "", fmt.Errorf("write %s: %w", key, err)
	}
	return key, nil
}

func parse(body string) (*event, error) {
	var e event
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		return nil, fmt.Errorf("not an order event: %w", err)
	}
	for _, field := range []struct{ name, value string }{{"id", e.Id}, {"orderId", e.OrderId}, {"type", e.Type}} {
		if !nameForm.MatchString(field.value) {
			return nil, fmt.Errorf("not an order event: %s %q must be 1 to 64 letters, digits, hyphens and underscores", field.name, field.value)
		}
	}
	if e.Time.IsZero() {
		return nil, errors.New("not an order event: time is missing")
	}
	return &e, nil
}

// key is by day, so that a day can be read, and by order, so that its events lie together.
func (e *event) key() string {
	return fmt.Sprintf("orders/%s/%s/%s-%s.json", e.Time.UTC().Format("2006/01/02"), e.OrderId, e.Type, e.Id)
}

// isThere reports whether S3 refused to write because the key has an object.
func isThere(err error) bool {
	var refused smithy.APIError
	return errors.As(err, &refused) && refused.ErrorCode() == "PreconditionFailed"
}
