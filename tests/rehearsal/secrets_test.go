package rehearsal

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheKeeperGivesBackWhatItHasWrapped(t *testing.T) {
	k, err := startKeeper()
	require.NoError(t, err)
	ask := func(what, text string) (int, string) {
		response, err := http.Post(k.url+"/v1/transit/"+what+"/rehearsal", "application/json", strings.NewReader(text))
		require.NoError(t, err)
		defer func() { require.NoError(t, response.Body.Close()) }()
		answer, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response.StatusCode, string(answer)
	}
	status, wrapped := ask("encrypt", `{"plaintext":"a2V5"}`)
	require.Equal(t, http.StatusOK, status)
	var answer map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(wrapped), &answer))
	require.NotEqual(t, `{"plaintext":"a2V5"}`, string(answer["data"]))
	_, plain := ask("decrypt", string(answer["data"]))
	require.JSONEq(t, `{"data":{"plaintext":"a2V5"}}`, plain)
	status, _ = ask("decrypt", "no JSON")
	require.Equal(t, http.StatusBadRequest, status)
	require.NoError(t, k.close())
}
