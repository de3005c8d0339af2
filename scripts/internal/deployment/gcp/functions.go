package gcp

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	cloudfunctions "google.golang.org/api/cloudfunctions/v2"
	"google.golang.org/api/idtoken"
	"google.golang.org/api/impersonate"

	"example.com/rollcall/shared/upstream"
)

// deployed finds and calls the functions of a project, by their names without the pipeline's: "kit", "coordinator".
type deployed struct {
	project, pipeline string
	urls              map[string]string // that are known without asking
	list              func(ctx context.Context) ([]*cloudfunctions.Function, error)
	tokens            func(ctx context.Context, audience string) (oauth2.TokenSource, error)

	mu        sync.Mutex
	functions map[string]*cloudfunctions.Function
	clients   map[string]*http.Client
}

// listFunctions returns a function that lists all functions of a project, in any location.
func listFunctions(project string) func(ctx context.Context) ([]*cloudfunctions.Function, error) {
	return func(ctx context.Context) (list []*cloudfunctions.Function, err error) {
		service, err := cloudfunctions.NewService(ctx)
		if err != nil {
			return nil, err
		}
		err = service.Projects.Locations.Functions.List("projects/"+project+"/locations/-").Pages(ctx,
			func(page *cloudfunctions.ListFunctionsResponse) error {
				list = append(list, page.Functions...)
				return nil
			})
		return list, err
	}
}

// identity returns a function that issues identity tokens. A service account signs its own. A person's login
// cannot name a function as its audience, so a person impersonates the account of Cloud Scheduler, which needs
// the role roles/iam.serviceAccountTokenCreator on it.
func identity(account string) func(ctx context.Context, audience string) (oauth2.TokenSource, error) {
	return func(ctx context.Context, audience string) (oauth2.TokenSource, error) {
		own, err := idtoken.NewTokenSource(ctx, audience)
		if err == nil {
			return own, nil
		}
		through, perr := impersonate.IDTokenSource(ctx, impersonate.IDTokenConfig{Audience: audience,
			TargetPrincipal: account, IncludeEmail: true})
		if perr != nil {
			return nil, fmt.Errorf("identity token: %w; and as %s: %w", err, account, perr)
		}
		return through, nil
	}
}

// find returns a function, and fails when it is not deployed.
func (d *deployed) find(ctx context.Context, name string) (*cloudfunctions.Function, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.functions == nil {
		list, err := d.list(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the functions of project %s: %w", d.project, err)
		}
		d.functions = map[string]*cloudfunctions.Function{}
		for _, f := range list {
			full := f.Name[strings.LastIndex(f.Name, "/")+1:]
			if short, ok := strings.CutPrefix(full, d.pipeline+"-"); ok && f.ServiceConfig != nil && f.ServiceConfig.Uri != "" {
				d.functions[short] = f
			}
		}
	}
	if f := d.functions[name]; f != nil {
		return f, nil
	}
	return nil, fmt.Errorf("project %s has no function %s-%s; fix: terraform apply", d.project, d.pipeline, name)
}

// maxAnswerTime is longer than any function may run, which is an hour.
// https://cloud.google.com/run/docs/configuring/request-timeout
const maxAnswerTime = time.Hour + time.Minute

// address returns the URL of a function.
func (d *deployed) address(ctx context.Context, name string) (string, error) {
	if known := d.urls[name]; known != "" {
		return known, nil
	}
	f, err := d.find(ctx, name)
	if err != nil {
		return "", err
	}
	return f.ServiceConfig.Uri, nil
}

// client returns an HTTP client that sends an identity token for a function, and the function's URL.
func (d *deployed) client(ctx context.Context, name string) (*http.Client, string, error) {
	address, err := d.address(ctx, name)
	if err != nil {
		return nil, "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.clients[name]; c != nil {
		return c, address, nil
	}
	c := &http.Client{Timeout: maxAnswerTime, CheckRedirect: upstream.CheckRedirect}
	if d.urls[name] == "" || !here(address) {
		source, err := d.tokens(context.WithoutCancel(ctx), address)
		if err != nil {
			return nil, "", err
		}
		c.Transport = &oauth2.Transport{Source: oauth2.ReuseTokenSource(nil, source)}
	}
	if d.clients == nil {
		d.clients = map[string]*http.Client{}
	}
	d.clients[name] = c
	return c, address, nil
}

// here reports whether an address is on this machine. No token is needed there, and none may be sent unencrypted.
func here(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLoopback()
}
