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
)

// deployed are the functions that stand in the project, by their name without the pipeline's: "kit", "coordinator".
type deployed struct {
	project, pipeline string
	urls              map[string]string // that are known without asking
	list              func(ctx context.Context) ([]*cloudfunctions.Function, error)
	tokens            func(ctx context.Context, audience string) (oauth2.TokenSource, error)

	mu        sync.Mutex
	functions map[string]*cloudfunctions.Function
	clients   map[string]*http.Client
}

// listFunctions asks Google which functions there are, wherever in the project.
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

// identity gives identity tokens. A service account signs its own. A person's login cannot be made out for a function, so
// a person speaks through the account by which Cloud Scheduler asks, and needs the role roles/iam.serviceAccountTokenCreator on it.
func identity(account string) func(ctx context.Context, audience string) (oauth2.TokenSource, error) {
	return func(ctx context.Context, audience string) (oauth2.TokenSource, error) {
		own, err := idtoken.NewTokenSource(ctx, audience)
		if err == nil {
			return own, nil
		}
		through, perr := impersonate.IDTokenSource(ctx, impersonate.IDTokenConfig{Audience: audience, TargetPrincipal: account, IncludeEmail: true})
		if perr != nil {
			return nil, fmt.Errorf("identity token: %w; and by way of %s: %w", err, account, perr)
		}
		return through, nil
	}
}

// find is a function, or an error that names those that there are.
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
	return nil, fmt.Errorf("project %s has no function %s-%s; terraform apply makes it", d.project, d.pipeline, name)
}

// longestAnswer is longer than any function may take: an hour. https://cloud.google.com/run/docs/configuring/request-timeout
const longestAnswer = time.Hour + time.Minute

// address is where a function is called.
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

// client is an HTTP client that bears an identity token for a function, and the function's address.
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
	c := &http.Client{Timeout: longestAnswer}
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

// here reports whether an address is on this machine, where nobody asks for a token, and none may go in the clear.
func here(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLoopback()
}
