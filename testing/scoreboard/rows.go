package main

import "slices"

// row is one line of the table: what is promised, and which figures say whether it is kept.
type row struct {
	promise string
	metrics []string // as tests report them, in every run
	full    []string // as tests report them where they may take minutes
	remote  []string // as full, of what needs a network: without one the reason stands there, and nothing is missed
	counted []sum    // what no single run can measure
	latest  []string // what a long run by hand measured last, committed with the counts; without one, nothing is missed
	held    string   // what tests hold that report no figure
	open    string   // what of it is not measured here, and why
}

// sum is a figure that grows from run to run. It is no miss before it is reached; what it counts fails at once where it goes wrong.
type sum struct {
	metric string
	target string
	of     func(counted) (n int64, note string)
}

// rows are the promises. A figure that no row names stands below them.
func rows() []row { return slices.Concat(messages(), surroundings()) }

// messages are the promises of what the server makes of a message, and of many.
func messages() []row {
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
				{"inputs of the target that was fuzzed least", ">= 1e6", counted.least},
				{"requests of all soaks", ">= 1e7", func(c counted) (int64, string) { return c.Soak, "" }},
			},
		},
		{
			promise: "A refusal costs little",
			metrics: []string{
				"CPU of a refusal, mean (ms)", "time to refuse, p99 (ms)", "time to refuse, most (ms)",
				"CPU of one anonymous body, most (ms)", "memory allocated for one anonymous body, most (MiB)",
			},
			full: []string{"CPU of a refusal, p99 (ms)", "CPU of a refusal, most (ms)"},
		},
		{promise: "One answer opens one session", metrics: []string{
			"answers posted twice at once, to three servers that die", "servers killed meanwhile", "answers that opened no session, or two",
		}},
		{promise: "Tenants are apart, with one provider's key for all", metrics: []string{
			"own answers accepted, of 50", "cross-tenant answers accepted, of 2,450", "cross-tenant answers refused",
			"cells of the access matrix", "cells of the access matrix that are wrong", "cells of the matrix of hand-written routes",
		}},
		{
			promise: "No metadata address reaches the inside", metrics: []string{"forms of an address of the inside that were saved", "visits inside"},
			held: "the fetch tests of host/saml: rebinding, redirects, slow, endless and compressed bodies",
		},
		{promise: "Every legal message is accepted", metrics: []string{"sound messages accepted"}},
		{
			promise: "Every check has a test that misses it",
			full: []string{
				"checks of the verifier and of the sign-in taken away", "checks of the verifier and of the sign-in that no test misses",
				"mutants in general", "mutants in general that a test misses (%)",
			},
		},
		{promise: "Every MUST of the standards has a test", metrics: []string{"demands of SAML with their test", "demands of SAML without a test"}},
		{promise: "Other verifiers agree", metrics: []string{
			"messages that another implementation was asked about", "logout messages that another implementation was asked about",
			"messages that we accept and another implementation refuses",
			"messages that crewjam/saml was asked about", "messages that we accept and crewjam/saml reads otherwise",
		}},
	}
}

// surroundings are the promises of what is around a message: people, plugins, keys, logs.
func surroundings() []row {
	return []row{
		{promise: "No role but by a mapping", metrics: []string{"evidence that mappings were tried against", "roles granted without a row", "roles granted without a mapping, over 10^6 attribute sets"}},
		{promise: "Nobody takes over an account", metrics: []string{
			"accounts taken over by an address or a NameID", "stories of accounts that change hands", "stories that ended in somebody else's account",
		}},
		{
			promise: "A broken plugin breaks nothing else", metrics: []string{
				"ways for a plugin to misbehave that were tried", "ways of them that harmed others than its tenants", "kills of a plugin by which no call was lost",
				"stages and faults of plugins that were tried", "stages and faults that ended otherwise than they must",
				"first sign-ins during which the plugin died", "first sign-ins of them that were done by half",
			},
			counted: []sum{ // by make bench-plugins, where a login lost or a byte run that nobody checked ends it
				{"kills of a plugin under sign-ins", ">= 1e3", ofPlugins("kills")},
				{"replacements of a plugin under sign-ins", ">= 200", ofPlugins("replacements")},
				{"sign-ins with a plugin that misbehaves", ">= 1e3", ofPlugins("misbehaviours")},
				{"exchanges of a binary between check and run", ">= 1e4", ofPlugins("exchanges")},
			},
			latest: []string{
				"slowest answer under replacements of a plugin (s)", "slowest answer under kills of a plugin (s)",
				"slowest answer with a plugin that misbehaves (s)", "p99 of the others beside one, over beside a good one (x)",
			},
		},
		{promise: "What is taken back ends within 5 s", metrics: []string{"revocation on another node, slowest (s)"}},
		{promise: "Bad metadata and new keys cause no outage", metrics: []string{
			"logins while the provider changes its key twice", "logins of them that failed", "useless documents saved meanwhile, and refused",
			"answers to a refresh that are no metadata", "tenants that nobody could sign in to after one",
		}},
		{
			promise: "Failed decryptions look alike", metrics: []string{"failed decryptions compared", "different answers among them"},
			full: []string{"KS test of their times, p"},
			held: "p is the least of 15 pairs of failures, multiplied by 15 (Bonferroni), 1 at most",
		},
		{
			promise: "Logs hold no secret and nobody's data", metrics: []string{"secrets in the log of a hostile run", "secrets and people in what hosts left"},
			held: "testing/hygiene: every suite with real hosts searches what its hosts printed, kept and answered, and reports the worst",
		},
		{
			promise: "No known vulnerability is reachable", remote: []string{"known vulnerabilities that are reachable"},
			open: "days until mended, which no run sees",
		},
		{promise: "Every refusal is documented and tested", metrics: []string{
			"codes", "codes that no test asserts", "codes of the verifier without a vector", "codes of single logout without a vector",
		}},
		{promise: "The hostile suite is quick", metrics: []string{"all hostile messages over HTTP (s)"}},
	}
}
