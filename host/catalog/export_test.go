package catalog

// Patient gives calls ten times their deadlines: what is tested is who gets an answer, not how fast the machine is.
func Patient(o *Options) { o.slack = 10 }

// Late does to every provider of a catalogue that is closed what a look into the folder, or an operator, that comes a moment too late would do.
func Late(c *Catalog) {
	for _, u := range c.all() {
		u.set(wanted{sum: "another"}, refusal{})
		_ = u.renew() // either way nothing runs
		u.reject(refusal{reason: "another"})
	}
}
