// Package web is the host's HTTP room: the admin API, the browser's road through a sign-in, the pages, and the checks that belong to HTTP
// alone (form and size of bodies, cookies, cross-site requests, headers). What a request means is decided in core; whatever else it needs
// comes in through [Options]. Only host may enter.
package web
