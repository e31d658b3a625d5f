package saml

import (
	"context"
	"strconv"
	"strings"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
	"github.com/idplug/idplug/host/saml/xmlenc"
)

var _ login.SingleLogout = (*Service)(nil)

const (
	// maxSessionIndexes of one request; a person has a handful of sessions.
	maxSessionIndexes = 100
	maxSessionIndex   = 1024
)

// logoutMessage is one message of the single logout profile (SAML Profiles 4.4) on its way through the checks. It is always signed.
type logoutMessage struct {
	message
	kind string // LogoutRequest or LogoutResponse
}

// OpenLogoutRequest verifies a LogoutRequest of the tenant's provider.
func (s *Service) OpenLogoutRequest(ctx context.Context, t login.Target, in login.LogoutMessage) (sso.LogoutRequest, error) {
	const op = "saml.logout_request"
	m := logoutMessage{message: s.message(t), kind: "LogoutRequest"}
	if err := logoutError(op, m.open(in, in.Request)); err != nil {
		return sso.LogoutRequest{}, err
	}
	out, refused := m.request(ctx)
	if refused != nil {
		return sso.LogoutRequest{}, logoutError(op, refused)
	}
	out.Binding = in.Binding
	return out, nil
}

// OpenLogoutResponse verifies a LogoutResponse of the tenant's provider.
func (s *Service) OpenLogoutResponse(_ context.Context, t login.Target, in login.LogoutMessage) (login.LogoutAnswer, error) {
	const op = "saml.logout_response"
	m := logoutMessage{message: s.message(t), kind: "LogoutResponse"}
	if err := logoutError(op, m.open(in, in.Response)); err != nil {
		return login.LogoutAnswer{}, err
	}
	inResponseTo, _ := m.root.Attr("InResponseTo")
	return login.LogoutAnswer{InResponseTo: strings.Clone(inResponseTo), Confirmed: m.everywhere()}, nil
}

// everywhere reports whether the provider ended its session and those of all it had signed the person in to. The first status code is about its own
// session alone, PartialLogout below it about the others (SAML Core 3.7.3.2).
func (m *logoutMessage) everywhere() bool {
	if status(m.root) != nil {
		return false
	}
	s, _ := m.root.Child(nsProtocol, "Status")
	code, _ := s.Child(nsProtocol, "StatusCode")
	below, _ := code.Child(nsProtocol, "StatusCode")
	value, _ := below.Attr("Value")
	return value != statusPrefix+"PartialLogout"
}

// open does what requests and responses have in common: form, gate, signature, envelope.
func (m *logoutMessage) open(in login.LogoutMessage, posted string) *refusal {
	var doc []byte
	var refused *refusal
	if in.Binding == sso.BindingRedirect {
		var r redirected
		if r, refused = readRedirect(in.Query); refused != nil {
			return refused
		}
		// Anybody may send anything here: what is unpacked was signed by the provider.
		if refused = r.verify(m.keys(), m.policy()); refused != nil {
			return refused
		}
		doc, refused = r.inflate()
	} else {
		doc, refused = decodeForm(posted)
	}
	if refused != nil {
		return refused
	}
	parsed, err := signedxml.Parse(doc, signedxml.DefaultLimits())
	if err != nil {
		return unreadable(err)
	}
	m.root = parsed.Root()
	if refused := m.structure(in.Binding); refused != nil {
		return refused
	}
	return m.envelope()
}

// structure: the message's own signature, where its binding puts one, and no other; no element of another kind.
func (m *logoutMessage) structure(binding string) *refusal {
	if !m.root.Is(nsProtocol, m.kind) {
		return no(sso.ProtoStructure, "samlp:"+m.kind, m.root.Local())
	}
	for n := range m.root.Descendants() {
		if n.Local() == "Signature" && (n.Parent() != m.root || binding == sso.BindingRedirect) {
			return no(sso.SigStructure, "one signature, where the binding puts it", "one in "+n.Parent().Local())
		}
	}
	for c := range m.root.Children() {
		if !m.holds(c) {
			return no(sso.ProtoStructure, "only elements of SAML 2.0 in the message", c.Local())
		}
	}
	if binding == sso.BindingRedirect {
		return nil // proven before
	}
	signature, signed, err := m.root.Signature()
	switch {
	case err != nil:
		return unreadable(err)
	case !signed:
		return no(sso.SigMissing, "a signature on the "+m.kind, "none")
	}
	if _, err := signature.Verify(m.keys(), m.policy()); err != nil {
		return unreadable(err)
	}
	return nil
}

// holds tells whether the schema knows a child of the message.
func (m *logoutMessage) holds(c signedxml.Node) bool {
	if c.Is(nsAssertion, "Issuer") || c.Is(nsSignature, "Signature") || c.Is(nsProtocol, "Extensions") {
		return true
	}
	if m.kind == "LogoutResponse" {
		return c.Is(nsProtocol, "Status")
	}
	return isOneOf(c, nsAssertion, "NameID", "BaseID", "EncryptedID") || c.Is(nsProtocol, "SessionIndex")
}

// envelope judges whom the message is from and for, and when it was made. A signed message names its address (SAML Bindings 3.4.5.2, 3.5.5.2).
func (m *logoutMessage) envelope() *refusal {
	if refused := identified(m.root); refused != nil {
		return refused
	}
	if refused := m.fresh(m.root); refused != nil {
		return refused
	}
	if got, _ := m.root.Attr("Destination"); got != m.sp.SLOURL {
		return no(sso.ProtoDestination, m.sp.SLOURL, got)
	}
	return m.issuer(m.root, true)
}

// request reads what is asked.
func (m *logoutMessage) request(ctx context.Context) (out sso.LogoutRequest, refused *refusal) {
	id, _ := m.root.Attr("ID")
	issued, _ := m.root.Attr("IssueInstant")
	at, _ := parseTime(issued) // was read before
	skew := m.service.ClockSkew
	out = sso.LogoutRequest{ID: strings.Clone(id), IDPEntityID: m.target.Connection.IdP.EntityID, NotOnOrAfter: at.Add(login.FlowTTL + skew)}
	if text, given := m.root.Attr("NotOnOrAfter"); given {
		end, ok := parseTime(text)
		if !ok || !m.now.Before(end.Add(skew)) {
			return out, no(sso.ProtoTime, "before "+showTime(m.now), text)
		}
		out.NotOnOrAfter = earlier(out.NotOnOrAfter, end.Add(skew))
	}
	name, refused := m.name(ctx)
	if refused != nil {
		return out, refused
	}
	out.NameID = nameID(name)
	for n := range m.root.Named(nsProtocol, "SessionIndex") {
		index := n.Text()
		if index == "" || n.HasElements() || len(index) > maxSessionIndex || len(out.SessionIndexes) == maxSessionIndexes {
			return out, no(sso.ProtoStructure, "plain session indexes, "+strconv.Itoa(maxSessionIndexes)+" at most", "something else")
		}
		out.SessionIndexes = append(out.SessionIndexes, strings.Clone(index))
	}
	return out, nil
}

// name is the one whom the request is about, in the clear or encrypted for us. The provider signed the message, so a failure tells it alone.
func (m *logoutMessage) name(ctx context.Context) (signedxml.Node, *refusal) {
	name, plain := m.root.Child(nsAssertion, "NameID")
	sealed, encrypted := m.root.Child(nsAssertion, "EncryptedID")
	if plain+encrypted != 1 {
		return name, no(sso.ProtoNameID, "one NameID", strconv.Itoa(plain+encrypted))
	}
	if encrypted == 1 {
		var refused *refusal
		if name, refused = m.decryptName(ctx, sealed); refused != nil {
			return name, refused
		}
	}
	if name.HasElements() {
		return name, no(sso.ProtoNameID, "a plain NameID", "elements in it")
	}
	if problem := nameIDProblem(name.Text()); problem != "" {
		return name, no(sso.ProtoNameID, "a name", problem) // never the value
	}
	return name, nil
}

// decryptName opens an EncryptedID (SAML Core 2.2.4) as encrypted assertions are opened.
func (m *logoutMessage) decryptName(ctx context.Context, sealed signedxml.Node) (signedxml.Node, *refusal) {
	const want = "a NameID encrypted for a key of ours"
	read, err := xmlenc.Read(sealed, m.sp.EntityID)
	if err != nil {
		return sealed, no(sso.ProtoNameID, want, err.Error())
	}
	keys, err := m.service.decryptionKeys(ctx, m.target.Tenant.ID)
	if err != nil {
		return sealed, &refusal{code: sso.Internal, cause: err}
	}
	text, opened := read.Open(keys)
	if !opened {
		return sealed, no(sso.ProtoNameID, want, "one that cannot be opened")
	}
	name, err := signedxml.ParseWithin(sealed, text, signedxml.DefaultLimits())
	if err != nil || !name.Is(nsAssertion, "NameID") {
		return sealed, no(sso.ProtoNameID, want, "something else")
	}
	return name, nil
}

// logoutError names a refusal as logouts are refused: the codes of sign-ins speak of sign-ins.
func logoutError(op string, refused *refusal) error {
	if refused == nil {
		return nil
	}
	as := map[sso.Code]sso.Code{
		sso.ProtoTime: sso.SLOTime, sso.ProtoDestination: sso.SLODestination, sso.ProtoIssuer: sso.SLOIssuer, sso.ProtoNameID: sso.SLONameID,
		sso.Internal: sso.Internal,
	}
	code, ok := as[refused.code]
	switch {
	case ok:
	case strings.HasPrefix(string(refused.code), "sig."):
		code = sso.SLOSignature
	default:
		code = sso.SLOMalformed
	}
	return sso.Refuse(op, code).Because(refused.error())
}
