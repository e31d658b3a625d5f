package web

import (
	"cmp"
	"net/http"
	"net/http/pprof"
	"runtime"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/host/web/api"
)

// Server answers HTTP requests. It holds no state that another node would miss.
type Server struct {
	o         Options
	echo      *echo.Echo
	secure    bool // the public origin is https
	formHosts string
	crossSite *http.CrossOriginProtection
	pages     pages

	description asset // the OpenAPI file, with our origin in it

	clients   *clients
	passwords limits        // wrong passwords
	lookups   limits        // sign-in lookups by e-mail address
	resets    limits        // forgotten passwords
	answers   limits        // sign-in answers; their account is the login under way
	logouts   limits        // logout messages; their account is the logout under way
	judging   chan struct{} // places for sign-in answers that are being judged
	parting   chan struct{} // places for logout messages that are being judged: they keep no sign-in waiting
	reading   *seating      // for bodies of strangers

	passwordTime time.Duration // what answers to passwords take
}

// New builds the room's routes.
func New(o Options) (*Server, error) {
	p, err := loaded()
	if err != nil {
		return nil, err
	}
	description, err := loadOpenAPI(o.Origin)
	if err != nil {
		return nil, err
	}
	s := &Server{
		o: o, secure: strings.HasPrefix(o.Origin, "https://"), formHosts: formHosts(o.FetchAllow), pages: p, description: description,
		crossSite: http.NewCrossOriginProtection(),
		clients:   &clients{proxies: o.TrustedProxies, logger: o.Logger},
		passwords: newLimits(o.Now, passwordsOfAccount, passwordsOfNetwork),
		lookups:   newLimits(o.Now, lookupsOfAccount, lookupsOfNetwork),
		resets:    newLimits(o.Now, resetsOfAccount, resetsOfNetwork),
		answers:   newLimits(o.Now, answersOfFlow, refusalsOfNetwork),
		logouts:   newLimits(o.Now, answersOfFlow, refusalsOfNetwork),
		judging:   make(chan struct{}, judgingPerCore*runtime.GOMAXPROCS(0)),
		parting:   make(chan struct{}, partingPerCore*runtime.GOMAXPROCS(0)),
		reading:   newSeating(readingInAll),

		passwordTime: cmp.Or(o.PasswordTime, passwordTime),
	}
	if err := s.crossSite.AddTrustedOrigin(o.Origin); err != nil {
		return nil, err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Binder = strictBinder{}
	e.HTTPErrorHandler = s.fail
	e.Use(s.observe, s.headers)
	s.echo = e
	s.routeAPI()
	s.routeBrowser()
	s.routeOps()
	return s, nil
}

// Handler serves everything that belongs on the main address.
func (s *Server) Handler() http.Handler { return headAsGet(s.echo) }

func (s *Server) routeAPI() {
	s.echo.GET("/api/v1/openapi.yaml", s.openAPI)
	s.echo.GET("/api/docs", s.apiDocs)
	handlers := api.NewStrictHandler(&apiServer{s}, nil)
	router := guarded{Echo: s.echo, with: []echo.MiddlewareFunc{s.authenticate, s.authorize, acceptJSON}}
	api.RegisterHandlersWithBaseURL(router, handlers, apiBase)
}

func (s *Server) routeBrowser() {
	e := s.echo
	e.GET("/", s.home)
	e.GET("/login", s.login)
	e.POST("/login", s.signIn, s.sameSite, s.strangers)
	e.GET("/login/:tenant", s.begin)
	e.POST("/login/:tenant", s.passwordSignIn, s.sameSite, s.strangers)
	e.GET("/login/:tenant/test", s.openTicket)
	e.POST("/logout", s.logout, s.sameSite)
	e.POST("/saml/:tenant/acs", s.acs, s.strangers)
	e.GET("/saml/:tenant/acs", s.acsByGet)
	e.GET("/saml/:tenant/metadata", s.metadata)
	e.GET("/saml/:tenant/slo", s.slo)
	e.POST("/saml/:tenant/slo", s.slo, s.strangers)
	e.GET("/session", s.sessionDocument)
	e.GET(accountPath, s.account)
	e.POST(accountPath, s.endSessions, s.sameSite, s.strangers)
	e.GET("/invitation/:tenant/:token", s.invitation)
	e.POST("/invitation/:tenant/:token", s.acceptInvitation, s.sameSite, s.strangers)
	e.GET("/reset", s.resetPage)
	e.POST("/reset", s.reset, s.sameSite, s.strangers)
	s.routeConsole()
	e.GET("/assets/:name", s.asset)
	e.GET("/favicon.ico", s.icon)
	// Proxies ask in different ways: nginx and Traefik by GET, Envoy with the method of the request it holds back. Nothing is changed here.
	for path, ask := range map[string]echo.HandlerFunc{verifyPath: s.verify, redirectPath: s.verifyOrRedirect} {
		e.Any(path, ask)
		e.Any(path+"/*", ask)
	}
}

func (s *Server) routeOps() {
	s.echo.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	if s.o.OpsElsewhere {
		return
	}
	s.echo.GET("/readyz", s.ready)
	s.echo.GET("/metrics", echo.WrapHandler(s.o.MetricsPage))
}

// OpsHandler serves metrics, readiness and profiles, for an address that only operators reach.
func (s *Server) OpsHandler() http.Handler {
	e := echo.New()
	e.HTTPErrorHandler = s.fail
	e.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	e.GET("/readyz", s.ready)
	e.GET("/metrics", echo.WrapHandler(s.o.OpsMetricsPage))
	e.GET("/debug/pprof/*", echo.WrapHandler(http.HandlerFunc(pprof.Index)))
	e.GET("/debug/pprof/profile", echo.WrapHandler(http.HandlerFunc(pprof.Profile)))
	e.GET("/debug/pprof/trace", echo.WrapHandler(http.HandlerFunc(pprof.Trace)))
	return e
}

// guarded registers routes with the same checks before each.
type guarded struct {
	*echo.Echo
	with []echo.MiddlewareFunc
}

func (g guarded) GET(path string, h echo.HandlerFunc, _ ...echo.MiddlewareFunc) *echo.Route {
	return g.Echo.GET(path, h, g.with...)
}

func (g guarded) PUT(path string, h echo.HandlerFunc, _ ...echo.MiddlewareFunc) *echo.Route {
	return g.Echo.PUT(path, h, g.with...)
}

func (g guarded) POST(path string, h echo.HandlerFunc, _ ...echo.MiddlewareFunc) *echo.Route {
	return g.Echo.POST(path, h, g.with...)
}

func (g guarded) PATCH(path string, h echo.HandlerFunc, _ ...echo.MiddlewareFunc) *echo.Route {
	return g.Echo.PATCH(path, h, g.with...)
}

func (g guarded) DELETE(path string, h echo.HandlerFunc, _ ...echo.MiddlewareFunc) *echo.Route {
	return g.Echo.DELETE(path, h, g.with...)
}

// Limits of a connection. Who needs longer than readTimeout for a request, however steadily it comes, is not one we serve: a sign-in answer is at most
// 1 MiB and mostly a hundredth of that, and for the longest body there is, metadata of 2 MiB quoted as JSON, that is 3.4 Mbit/s. Waiting for a place is in it.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	writeTimeout      = 60 * time.Second // covers a metadata fetch and a plugin's first start
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
)

// HTTPServer is a server for handler with the room's time and size limits; the caller serves and shuts it down.
func HTTPServer(addr string, handler http.Handler) *http.Server {
	return &http.Server{
		Addr: addr, Handler: handler,
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeaderBytes,
	}
}

// formHosts are further sources of form-action for providers that are reached over http.
func formHosts(allowed []string) string {
	var b strings.Builder
	for _, hostPort := range allowed {
		b.WriteString(" http://" + hostPort + " https://" + hostPort)
	}
	return b.String()
}
