package main

// row is one line of the table: what is promised, and which figures say whether it is kept.
type row struct {
	promise string
	metrics []string // as tests report them, in every run
	full    []string // as tests report them where they may take minutes
	counted []sum    // what no single run can measure
	open    string   // what of it is not measured here, and why
}

// sum is a figure that grows from run to run. It is no miss before it is reached; what it counts fails at once where it goes wrong.
type sum struct {
	metric string
	target string
	of     func(counted) int64
}

// rows are the promises. A figure that no row names stands below them.
func rows() []row {
	return []row{
		{promise: "No hostile message is accepted", metrics: []string{"hostile messages posted over HTTP", "hostile messages wrongly accepted"}},
		{
			promise: "Nothing panics, nothing answers 500",
			metrics: []string{
				"answers of 500 and above, processes ended", soakMetric, "requests of the soak that were answered wrongly", "good sign-ins among them",
			},
			full: []string{"memory grown over the soak (MiB)"},
			counted: []sum{
				{"inputs that fuzzing tried, in all", ">= 1e9", counted.inputs},
				{"requests of all soaks", ">= 1e7", func(c counted) int64 { return c.Soak }},
			},
		},
		{
			promise: "A refusal costs little",
			metrics: []string{
				"CPU of a refusal, mean (ms)", "time to refuse, p99 (ms)", "CPU of one anonymous body, most (ms)", "memory allocated for one anonymous body, most (MiB)",
			},
			full: []string{"CPU of a refusal, p99 (ms)"},
		},
		{promise: "One answer opens one session", metrics: []string{
			"answers posted twice at once, to three servers that die", "servers killed meanwhile", "answers that opened no session, or two",
		}},
		{promise: "Tenants are apart, with one provider's key for all", metrics: []string{
			"own answers accepted, of 50", "cross-tenant answers accepted, of 2,450", "cross-tenant answers refused",
			"cells of the access matrix", "cells of the access matrix that are wrong",
		}},
		{promise: "No metadata address reaches the inside", open: "a count of forms tried; the address and fetch tests of host/saml hold the rule"},
		{promise: "Every legal message is accepted", metrics: []string{"sound messages accepted"}},
		{
			promise: "Every check has a test that misses it",
			full:    []string{"checks of the verifier taken away", "checks of the verifier that no test misses"}, open: "mutants in general",
		},
		{promise: "Every MUST of the standards has a test", metrics: []string{"demands of SAML with their test", "demands of SAML without a test"}},
		{promise: "Other verifiers agree", metrics: []string{"messages that crewjam/saml was asked about", "messages that we accept and crewjam/saml reads otherwise"}},
		{promise: "No role but by a mapping", metrics: []string{"evidence that mappings were tried against", "roles granted without a row", "roles granted without a mapping, over 10^6 attribute sets"}},
		{promise: "Nobody takes over an account", metrics: []string{"accounts taken over by an address or a NameID"}},
		{promise: "A broken plugin breaks nothing else", open: "a count in this table; make bench-plugins prints one"},
		{promise: "What is taken back ends within 5 s", open: "p99 of the time; the stories of testing/e2e hold the bound"},
		{promise: "Bad metadata and new keys cause no outage", open: "failed logins of 10,000 during a rollover"},
		{
			promise: "Failed decryptions look alike", metrics: []string{"failed decryptions compared", "different answers among them"},
			full: []string{"KS test of their times, p"},
		},
		{promise: "Logs hold no secret and nobody's data", metrics: []string{"secrets in the log of a hostile run"}},
		{promise: "No known vulnerability is reachable", open: "days until mended, which nobody can measure in a run; make lint runs govulncheck"},
		{promise: "Every refusal is documented and tested", metrics: []string{"codes of the verifier without a vector"}},
		{promise: "The hostile suite is quick", metrics: []string{"all hostile messages over HTTP (s)"}},
	}
}
