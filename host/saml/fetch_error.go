package saml

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/idplug/idplug/core/sso"
)

// fetchError says in plain words why no answer came. The cause is kept for the log.
func fetchError(err error) error {
	const op = "saml.fetch"
	if errors.Is(err, errPrivate) {
		return sso.Refuse(op, sso.MetadataAddress).Because(err)
	}
	return sso.Refuse(op, sso.MetadataFetchFailed, "detail", fetchProblem(err)).Because(err)
}

func fetchProblem(err error) string {
	var (
		noName     *net.DNSError
		wrongHost  x509.HostnameError
		unknown    x509.UnknownAuthorityError
		badCert    x509.CertificateInvalidError
		handshake  *tls.CertificateVerificationError
		notTLS     tls.RecordHeaderError
		alert      tls.AlertError
		networkErr net.Error
	)
	switch {
	case errors.Is(err, context.Canceled):
		return "the fetch was given up"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &networkErr) && networkErr.Timeout():
		return "no complete answer in time"
	case errors.As(err, &noName):
		return "the host name is not known"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.As(err, &wrongHost):
		return "its TLS certificate is for another host"
	case errors.As(err, &badCert) && badCert.Reason == x509.Expired:
		return "its TLS certificate has expired or is not valid yet"
	case errors.As(err, &unknown), errors.As(err, &badCert), errors.As(err, &handshake):
		return "its TLS certificate is not trusted"
	case errors.As(err, &notTLS), errors.As(err, &alert):
		return "no TLS connection could be made"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "the answer broke off"
	}
	return "the connection failed"
}
