package main

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"
)

// bucket keeps objects as S3 does for conditional writes; a key in fails is refused.
type bucket struct {
	objects map[string]string
	fails   map[string]error
}

func (b *bucket) PutObject(_ context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	if err := b.fails[*in.Key]; err != nil {
		return nil, err
	}
	if _, there := b.objects[*in.Key]; there && in.IfNoneMatch != nil {
		return nil, &smithy.GenericAPIError{Code: "PreconditionFailed"}
	}
	body, err := io.ReadAll(in.Body)
	b.objects[*in.Key] = string(body)
	return &s3.PutObjectOutput{}, err
}

func message(id, body string) events.SQSMessage { return events.SQSMessage{MessageId: id, Body: body} }

const placed = `{"id":"e1","orderId":"o-7","type":"placed","time":"2026-11-26T23:30:00-02:00","total":"12.50 EUR"}`

func TestEventsAreKeptWholeByDayAndOrder(t *testing.T) {
	b := &bucket{objects: map[string]string{}}
	k := &keeper{store: b, bucket: "archive"}
	response, err := k.handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{message("1", placed)}})
	require.NoError(t, err)
	require.Empty(t, response.BatchItemFailures)
	require.Equal(t, map[string]string{"orders/2026/11/27/o-7/placed-e1.json": placed}, b.objects)
}

func TestAnEventThatComesAgainChangesNothing(t *testing.T) {
	b := &bucket{objects: map[string]string{"orders/2026/11/27/o-7/placed-e1.json": "the first"}}
	k := &keeper{store: b, bucket: "archive"}
	response, err := k.handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{message("1", placed)}})
	require.NoError(t, err)
	require.Empty(t, response.BatchItemFailures)
	require.Equal(t, map[string]string{"orders/2026/11/27/o-7/placed-e1.json": "the first"}, b.objects)
}

func TestOnlyWhatFailedIsReceivedAgain(t *testing.T) {
	b := &bucket{objects: map[string]string{}, fails: map[string]error{"orders/2026/11/26/o-8/paid-e2.json": errors.New("SlowDown")}}
	k := &keeper{store: b, bucket: "archive"}
	response, err := k.handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{
		message("1", placed),
		message("2", `{"id":"e2","orderId":"o-8","type":"paid","time":"2026-11-26T12:00:00Z"}`),
		message("3", "no JSON"),
	}})
	require.NoError(t, err)
	require.Equal(t, []events.SQSBatchItemFailure{{ItemIdentifier: "2"}, {ItemIdentifier: "3"}}, response.BatchItemFailures)
	require.Len(t, b.objects, 1)
}

func TestWhatIsNoOrderEvent(t *testing.T) {
	for body, want := range map[string]string{
		`{`:  "unexpected end of JSON input",
		`{}`: `id ""`,
		`{"id":"a/b","orderId":"o","type":"placed","time":"2026-11-26T12:00:00Z"}`: `id "a/b" must be`,
		`{"id":"a","orderId":"..","type":"placed","time":"2026-11-26T12:00:00Z"}`:  `orderId ".." must be`,
		`{"id":"a","orderId":"o","time":"2026-11-26T12:00:00Z"}`:                   `type ""`,
		`{"id":"a","orderId":"o","type":"placed"}`:                                 "time is missing",
		`{"id":"a","orderId":"o","type":"placed","time":"yesterday"}`:              "cannot parse",
	} {
		_, err := parse(body)
		require.ErrorContains(t, err, want, body)
	}
}

// Whatever is published, a key lies under orders/ and says nothing of other folders.
func FuzzParse(f *testing.F) {
	f.Add(placed)
	f.Add(`{"id":"a","orderId":"..","type":"placed","time":"0001-01-01T00:00:01Z"}`)
	f.Fuzz(func(t *testing.T, body string) {
		e, err := parse(body)
		if err != nil {
			return
		}
		require.Regexp(t, `^orders/\d{4}/\d\d/\d\d/[A-Za-z0-9_-]+/[A-Za-z0-9_-]+\.json$`, e.key())
	})
}
