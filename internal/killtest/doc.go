// Package killtest has no code, only tests that kill programs while they write, fill disks and close folders:
// the old file or the new one is whole, and the next write clears away what an earlier one left.
package killtest
