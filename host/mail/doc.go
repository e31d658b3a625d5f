// Package mail sends queued mail: it takes letters from the directory's queue, writes them in the person's language as plain text and HTML, and
// hands them to an SMTP server. It knows neither database nor pages. Only host enters.
package mail
