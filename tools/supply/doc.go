// Package supply has no code, only tests of what a user gets beside our own code: the modules that ours
// require, their licences, known vulnerabilities, what an import does, and generated files.
package supply
