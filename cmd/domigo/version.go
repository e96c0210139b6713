package main

import (
	"context"
	"fmt"
	"runtime"
)

// versionInfo is what version -json prints.
type versionInfo struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	Revision string `json:"revision,omitempty"` // of the source, if the build recorded it
	Changed  bool   `json:"changed,omitempty"`  // the source was not that revision's
}

func printVersion(c *common) runner {
	return func(_ context.Context, e env, _ []string) (int, error) {
		if c.json {
			return exitOK, printJSON(e.out, versionInfo{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
				Revision: buildSetting("vcs.revision"), Changed: buildSetting("vcs.modified") == "true"})
		}
		_, err := fmt.Fprintln(e.out, "domigo", version)
		return exitOK, err
	}
}
