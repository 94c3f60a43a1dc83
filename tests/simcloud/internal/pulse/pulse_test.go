package pulse

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestUntilAsksAfterEveryBeat(t *testing.T) {
	p, asked := New(time.Minute), 0
	require.True(t, p.Until(t.Context(), func() bool {
		asked++
		go p.Beat()
		return asked == 3
	}))
	require.Equal(t, 3, asked)
}

func TestUntilSeesABeatBetweenTheQuestionAndTheWait(t *testing.T) {
	p, done := New(time.Minute), false
	require.True(t, p.Until(t.Context(), func() bool {
		defer func() { done = true; p.Beat() }()
		return done
	}))
}

func TestUntilGivesUp(t *testing.T) {
	require.False(t, New(time.Millisecond).Until(t.Context(), func() bool { return false }), "the world stands still")
	ended, end := context.WithCancel(t.Context())
	end()
	require.False(t, New(time.Minute).Until(ended, func() bool { return false }))
}
