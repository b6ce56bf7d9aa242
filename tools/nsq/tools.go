//go:build tools

// Package tools names the NSQ servers, so that `go mod tidy` keeps what they need in go.mod and go.sum.
package tools

import (
	_ "github.com/nsqio/nsq/apps/nsqd"
	_ "github.com/nsqio/nsq/apps/nsqlookupd"
)
