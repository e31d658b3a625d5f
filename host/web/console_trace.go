package web

import (
	"slices"
	"strings"

	"github.com/idplug/idplug/core/sso"
)

// stepView is a check of a sign-in in words.
type stepView struct {
	Name          string
	Code          sso.Code // "" when it passed
	Summary, Fix  string   // of the code
	Who           string   // can mend it
	Expected, Got string
}

func (v *visit) steps(steps []sso.Step) []stepView {
	out := make([]stepView, len(steps))
	for i, s := range steps {
		out[i] = stepView{Name: v.stepName(s.Name), Code: s.Code, Expected: s.Expected, Got: s.Got}
		switch {
		case s.Code == "":
		case slices.Contains(sso.Codes(), s.Code):
			out[i].Summary, out[i].Fix = v.words.refusal(s.Code, nil)
			out[i].Who = v.who(s.Code)
		default: // a plugin's own, which brings its words along
			out[i].Summary, out[i].Fix, out[i].Expected, out[i].Got = s.Got, s.Expected, "", ""
		}
	}
	return out
}

// stepName is a check in words. What the sign-in table refuses is named after the function that did.
func (v *visit) stepName(name string) string {
	short, ofLogin := strings.CutPrefix(name, "login.")
	other := name
	if ofLogin {
		other = v.words.or("step.identity", name)
	}
	return v.words.or("step."+short, other)
}

// who can mend what a code stands for.
func (v *visit) who(code sso.Code) string {
	who := sso.TextOf(code).Who
	return v.words.or("mends."+strings.ReplaceAll(who, " ", "_"), who)
}
