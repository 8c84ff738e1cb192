// Package installtest has no code, only the test that go install of the command works for a user: from
// the modules of this checkout as a proxy serves them, with a clean module cache.
package installtest
