package service

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// setCookie is the session's cookie of an answer.
func setCookie(t *testing.T, resp answer) *http.Cookie {
	t.Helper()
	cookies := (&http.Response{Header: resp.Header}).Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies, want one: %v", len(cookies), resp.Header)
	}
	return cookies[0]
}

// A token is traded for a cookie that no script reads, and which works for pages of the service alone.
func TestSession(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	s := c.start(t)
	const jobs = "/api/v1/namespaces/team-a/trainingjobs"
	for _, x := range []struct {
		name, body string
		status     int
		says       string
	}{
		{"a token nobody knows", `{"token":"stolen"}`, 401, "Unauthenticated"},
		{"no token", `{"token":""}`, 401, "Unauthenticated"},
		{"another field", `{"tokn":"ann-token"}`, 400, "BadRequest"},
		{"no JSON", `ann-token`, 400, "BadRequest"},
		{"too long for a cookie", `{"token":"` + strings.Repeat("x", maxCookie+1) + `"}`, 413, "TooLarge"},
		{"what was copied with it", `{"token":"“stolen”"}`, 401, "copied along"},
		{"hers", `{"token":"ann-token"}`, 204, ""},
		{"as a terminal breaks it", `{"token":"  ann-\r\n   token\n"}`, 204, ""},
		{"behind a header's word", `{"token":"Bearer ann-token"}`, 204, ""},
	} {
		resp, text := call(t, s, "", "POST", "/session", x.body)
		if resp.StatusCode != x.status || !strings.Contains(text, x.says) || strings.Contains(text, "ann-token") {
			t.Errorf("%s: %d %s", x.name, resp.StatusCode, text)
		}
	}
	// A person has pasted a token, and knows of no header; what they pasted is nowhere in the answer.
	_, refused := call(t, s, "", "POST", "/session", `{"token":"stolen"}`)
	for _, want := range []string{"This token isn't accepted", "expired", "another cluster", "oc whoami -t"} {
		if !strings.Contains(refused, want) {
			t.Errorf("a refused token is answered with %s, without %q", refused, want)
		}
	}
	if strings.Contains(refused, "Bearer") || strings.Contains(refused, "sandbox") || strings.Contains(refused, "stolen") {
		t.Errorf("a refused token is answered with %s", refused)
	}
	resp, _ := call(t, s, "", "POST", "/session", `{"token":"ann-token"}`)
	cookie := setCookie(t, resp)
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || time.Until(cookie.Expires) > sessionFor {
		t.Errorf("the cookie is %v", cookie)
	}
	sent := cookie.Name + "=" + cookie.Value
	for _, x := range []struct {
		name, method, path string
		header             []string
		status             int
		says               string
	}{
		{"who", "GET", "/session", []string{"Cookie", sent}, 200, `"user":"ann"`},
		{"nobody", "GET", "/session", nil, 401, "Unauthenticated"},
		{"a page of ours", "GET", jobs, []string{"Cookie", sent, "Sec-Fetch-Site", "same-origin"}, 200, `"first"`},
		{"an address that was typed", "GET", jobs, []string{"Cookie", sent, "Sec-Fetch-Site", "none"}, 200, `"first"`},
		{"a page of another site", "GET", jobs, []string{"Cookie", sent, "Sec-Fetch-Site", "cross-site"}, 403, "CrossOrigin"},
		{"a stream for another site", "GET", "/api/v1/streams/namespaces/team-a/trainingjobs", []string{"Cookie", sent, "Sec-Fetch-Site", "same-site"}, 403, "CrossOrigin"},
		{"a write from another site", "DELETE", jobs + "/first", []string{"Cookie", sent, "Sec-Fetch-Site", "cross-site"}, 403, "CrossOrigin"},
		{"another team's", "GET", "/api/v1/namespaces/team-b/trainingjobs", []string{"Cookie", sent}, 403, "Forbidden"},
		{"a forged cookie", "GET", jobs, []string{"Cookie", cookie.Name + "=bob"}, 401, "Unauthenticated"},
		{"a header goes before it", "GET", jobs, []string{"Cookie", sent, "Authorization", "Bearer nobody"}, 401, "Unauthenticated"},
		{"the secure name over HTTP", "GET", jobs, []string{"Cookie", secureCookie + "=ann-token"}, 401, "Unauthenticated"},
	} {
		if resp, text := call(t, s, "", x.method, x.path, "", x.header...); resp.StatusCode != x.status || !strings.Contains(text, x.says) {
			t.Errorf("%s: %d %s", x.name, resp.StatusCode, text)
		}
	}
	resp, _ = call(t, s, "", "DELETE", "/session", "", "Cookie", sent)
	if cookie := setCookie(t, resp); resp.StatusCode != http.StatusNoContent || cookie.MaxAge >= 0 {
		t.Errorf("signing out: %d %v", resp.StatusCode, cookie)
	}
}

func TestSessionBehindAProxy(t *testing.T) {
	c := newCluster(t)
	trusted, err := networks("--trusted-proxy", []string{"127.0.0.1/32"})
	if err != nil {
		t.Fatal(err)
	}
	s := c.start(t, func(o *Options) { o.TrustedProxies = trusted })
	if resp, text := call(t, s, "", "GET", "/session", "", forwardedToken, "ann-token"); resp.StatusCode != http.StatusOK || !strings.Contains(text, `"ann"`) {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	if resp, text := call(t, s, "", "DELETE", "/session", "", forwardedToken, "ann-token"); resp.StatusCode != http.StatusOK || !strings.Contains(text, signOutOfProxy) {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	resp, _ := call(t, s, "", "POST", "/session", `{"token":"ann-token"}`, "X-Forwarded-Proto", "https")
	if cookie := setCookie(t, resp); cookie.Name != secureCookie || !cookie.Secure {
		t.Errorf("the browser's connection is TLS, the cookie %v", cookie)
	}
}

// Only what fails counts: one who guesses is stopped, those who sign in are not.
func TestSignInsAreBounded(t *testing.T) {
	s := newCluster(t).start(t)
	for range 2 * signInsAtOnce {
		if resp, text := call(t, s, "", "POST", "/session", `{"token":"ann-token"}`); resp.StatusCode != http.StatusNoContent {
			t.Fatalf("%d %s", resp.StatusCode, text)
		}
	}
	guessed := 0 // while it takes its time, more may
	for ; guessed < 3*signInsAtOnce; guessed++ {
		if resp, _ := call(t, s, "", "POST", "/session", `{"token":"guess"}`); resp.StatusCode == http.StatusTooManyRequests {
			break
		}
	}
	if guessed < signInsAtOnce {
		t.Errorf("stopped after %d guesses", guessed)
	}
	if resp, text := call(t, s, "", "POST", "/session", `{"token":"ann-token"}`); resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
}

func TestNoSessionOverHTTPFromElsewhere(t *testing.T) {
	s, _ := newCluster(t).startService(t)
	r := httptest.NewRequest(http.MethodPost, "/session", strings.NewReader(`{"token":"ann-token"}`))
	r.RemoteAddr = "192.0.2.1:1234"
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "NotSecure") || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// The address that works once gives a cookie that is good for a browser's own requests, and is no token.
func TestSignInByCode(t *testing.T) {
	now := time.Now()
	own := newOwnSession("ann-token")
	own.now = func() time.Time { return now }
	c := newCluster(t)
	c.put(job("team-a", "first"))
	s := c.start(t, func(o *Options) { o.own = own })
	s.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	code := own.renew()
	if resp, _ := call(t, s, "", "GET", "/sign-in?code=wrong", ""); resp.StatusCode != http.StatusForbidden {
		t.Errorf("a wrong code: %d", resp.StatusCode)
	}
	resp, _ := call(t, s, "", "GET", "/sign-in?code="+code, "")
	cookie := setCookie(t, resp)
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/" || strings.Contains(cookie.Value, "ann-token") || cookie.Name == sessionCookie {
		t.Errorf("%d %v %v", resp.StatusCode, resp.Header, cookie)
	}
	if resp, _ := call(t, s, "", "GET", "/sign-in?code="+code, ""); resp.StatusCode != http.StatusForbidden {
		t.Errorf("the same code again: %d", resp.StatusCode)
	}
	code = own.renew()
	now = now.Add(codesFor + time.Second)
	if resp, _ := call(t, s, "", "GET", "/sign-in?code="+code, ""); resp.StatusCode != http.StatusForbidden {
		t.Errorf("an old code: %d", resp.StatusCode)
	}
	const jobs = "/api/v1/namespaces/team-a/trainingjobs"
	for _, x := range []struct {
		name   string
		header []string
		status int
	}{
		{"the browser's own page", []string{"Cookie", cookie.Name + "=" + cookie.Value, "Sec-Fetch-Site", "same-origin"}, http.StatusOK},
		{"no browser", []string{"Cookie", cookie.Name + "=" + cookie.Value}, http.StatusUnauthorized},
		{"another site", []string{"Cookie", cookie.Name + "=" + cookie.Value, "Sec-Fetch-Site", "cross-site"}, http.StatusUnauthorized},
		{"as a token", []string{"Authorization", "Bearer " + cookie.Value}, http.StatusUnauthorized},
		{"of another port", []string{"Cookie", sessionCookie + "-1=" + cookie.Value, "Sec-Fetch-Site", "same-origin"}, http.StatusUnauthorized},
	} {
		if resp, text := call(t, s, "", "GET", jobs, "", x.header...); resp.StatusCode != x.status {
			t.Errorf("%s: %d %s", x.name, resp.StatusCode, text)
		}
	}
}

// The dashboard's addresses are pages; the API's stay the API's.
func TestDashboardIsServed(t *testing.T) {
	s := newCluster(t).start(t, func(o *Options) { o.Dashboard = fstest.MapFS{"index.html": {Data: []byte("<html>")}} })
	get := func(path, accept string) (answer, string) {
		t.Helper()
		return call(t, s, "", "GET", path, "", "Accept", accept)
	}
	const page = "text/html"
	if resp, text := get("/projects/team-a/jobs", page); resp.StatusCode != http.StatusOK || text != "<html>" || !strings.Contains(resp.Header.Get("Content-Security-Policy"), "script-src 'self'") {
		t.Errorf("%d %q %v", resp.StatusCode, text, resp.Header)
	}
	for _, path := range []string{"/api/v1/me", "/api/v1/none", "/session"} {
		if resp, text := get(path, page); resp.StatusCode != http.StatusUnauthorized || !strings.Contains(text, "Unauthenticated") {
			t.Errorf("%s: %d %q", path, resp.StatusCode, text)
		}
	}
	if resp, text := get("/docs", page); resp.StatusCode != http.StatusOK || !strings.Contains(text, "createTrainingJob") {
		t.Errorf("/docs: %d", resp.StatusCode)
	}
}
