package interop

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/score"
	"github.com/idplug/idplug/testing/vectors"
)

// opinion is what an implementation says to one message.
type opinion struct {
	Accepted   bool                `json:"accepted"`
	NameID     string              `json:"name_id"`
	Attributes map[string][]string `json:"attributes"`
	Sessions   []string            `json:"sessions"` // that a LogoutRequest names
	Why        string              `json:"why"`
	Silent     bool                `json:"silent"` // it cannot say anything to this one
}

// question is one message with our own opinion on it.
type question struct {
	vector  vectors.Vector // of a logout: how it is called
	logout  *vectors.Logout
	message string // base64, as in the form; of a redirect, the query of the address
	ours    sso.Assertion
	ends    sso.LogoutRequest
	refused error
}

// longest is the size, in base64, of the messages that others are asked about: what some of them spend grows with its square.
const longest = 64 << 10

// corpus are the messages for the others, each judged by us. Bombs stay away from them: they are made to cost, and nobody else is made for that.
func corpus(t *testing.T, c *connection) []question {
	t.Helper()
	var list []question
	for _, v := range vectors.All() {
		message, err := v.Message(c.Base)
		require.NoError(t, err)
		if len(message) > longest || strings.HasPrefix(v.Name, "bomb: ") {
			continue
		}
		q := question{vector: v, message: message}
		q.ours, q.refused = c.judge(message)
		require.Equal(t, v.Code, sso.CodeOf(q.refused), v.Name)
		list = append(list, q)
	}
	return list
}

// work runs a program that gives its opinion on messages: it reads one JSON line about the connection and one for each message, and answers one line
// to each. All are handed over at once.
func work(t *testing.T, c *connection, list []question, command *exec.Cmd) []opinion {
	t.Helper()
	var in, complaints bytes.Buffer
	lines := json.NewEncoder(&in)
	require.NoError(t, lines.Encode(c.told(t)))
	for _, q := range list {
		require.NoError(t, lines.Encode(q.told()))
	}
	command.Stdin, command.Stderr = &in, &complaints
	out, err := command.Output()
	require.NoError(t, err, complaints.String())
	opinions := make([]opinion, 0, len(list))
	answers := bufio.NewScanner(bytes.NewReader(out))
	answers.Buffer(nil, 8*longest)
	for answers.Scan() {
		var o opinion
		require.NoError(t, json.Unmarshal(answers.Bytes(), &o), "%.300s", answers.Bytes())
		opinions = append(opinions, o)
	}
	require.NoError(t, answers.Err())
	require.Len(t, opinions, len(list), complaints.String())
	return opinions
}

// TestSecondOpinions: whatever we accept, every other implementation accepts, with the same name and attributes, or the reason is written down. What
// we refuse and another accepts is counted: that is the point of ours.
func TestSecondOpinions(t *testing.T) {
	if *update {
		return // the page is printed from data
	}
	c := newConnection(t)
	signIns, logouts := corpus(t, c), logoutCorpus(t, c)
	for _, p := range peers() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			opinions := p.ask(t, c, slices.Concat(signIns, logouts))
			t.Run("sign-ins", func(t *testing.T) {
				n := compare(t, p, p.differences, signIns, opinions[:len(signIns)])
				score.Report(t, "messages that another implementation was asked about", float64(n.all()), ">= 40")
			})
			t.Run("logouts", func(t *testing.T) {
				n := compare(t, p, p.logouts, logouts, opinions[len(signIns):])
				score.Report(t, "logout messages that another implementation was asked about", float64(n.all()), ">= 10")
			})
		})
	}
}

// tally counts how opinions meet.
type tally struct {
	accepted, refused int // by both
	excused           int // accepted by us alone, for a known reason
	laxer             int // refused by us alone
	intruders         int // of these, how many signed in, or out, somebody the provider never named
	families          map[string]int
}

func (n tally) all() int { return n.accepted + n.refused + n.excused + n.laxer }

func compare(t *testing.T, p peer, d differences, list []question, opinions []opinion) tally {
	t.Helper()
	n, used, unexplained := tally{families: map[string]int{}}, map[string]bool{}, 0
	for i, o := range opinions {
		q := list[i]
		switch {
		case o.Silent:
		case q.refused == nil && o.Accepted:
			n.accepted++
			if why := reasonFor(q.vector.Name, d.reads); why != "" {
				used[why] = true
			} else if !p.onlySignatures {
				agree(t, q, o)
			}
		case q.refused == nil:
			n.excused++
			excuse := reasonFor(q.vector.Name, d.stricter)
			used[excuse] = true
			if excuse == "" {
				unexplained++
				t.Errorf("we accept %q, %s refuses it: %s", q.vector.Name, p.name, o.Why)
			}
		case o.Accepted:
			n.laxer++
			family, _, _ := strings.Cut(q.vector.Name, ":")
			n.families[family]++
			if o.NameID != vectors.Ada && !q.answers() {
				n.intruders++
			}
			t.Logf("refused by us alone, %s: %s: %s", q.vector.Code, q.vector.Name, q.vector.Why)
		default:
			n.refused++
		}
	}
	score.Report(t, "messages that we accept and another implementation refuses", float64(unexplained), "= 0")
	for _, line := range slices.Concat(d.stricter, d.reads) {
		if !used[line.why] {
			t.Errorf("%s does nothing any more because %s: take the line out", p.name, line.why)
		}
	}
	t.Logf("%s: %d accepted and %d refused by both, %d refused by it alone for known reasons, %d refused by us alone (%d of them with another name): %v",
		p.name, n.accepted, n.refused, n.excused, n.laxer, n.intruders, n.families)
	require.NotZero(t, n.accepted, "it accepts nothing: it cannot be set up right")
	if !p.onlySignatures {
		require.NotZero(t, n.refused, "it refuses nothing: it cannot be set up right")
	}
	return n
}

// agree compares what both read in a message. Empty values are nothing to us, and two attributes of one name are one here.
func agree(t *testing.T, q question, o opinion) {
	t.Helper()
	if q.logout != nil {
		require.Equal(t, q.ends.NameID.Value, o.NameID, q.vector.Name)
		require.True(t, slices.Equal(q.ends.SessionIndexes, o.Sessions), "%s: %q, not %q", q.vector.Name, o.Sessions, q.ends.SessionIndexes)
		return
	}
	require.Equal(t, q.ours.NameID.Value, o.NameID, q.vector.Name)
	ours := map[string][]string{}
	for _, a := range q.ours.Attributes {
		ours[a.Name] = append(ours[a.Name], a.Values...)
	}
	require.Len(t, o.Attributes, len(ours), q.vector.Name)
	for name, values := range ours {
		theirs := slices.DeleteFunc(o.Attributes[name], func(v string) bool { return v == "" })
		require.ElementsMatch(t, theirs, values, q.vector.Name)
	}
}
