package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"time"

	"domigo/internal/manual"
	"domigo/settings"
)

// book makes the manual from the table of verbs and the table of settings.
func book() *manual.Book {
	b := &manual.Book{Program: programPage(), Settings: settings.Names(), Version: version, Date: builtOn()}
	every := manual.Page{}
	for name := range commonFlags() {
		every.Common = append(every.Common, name)
	}
	b.Common = every.Flags(newFlags("").set, commonFlags())
	for _, v := range verbs() {
		c, _ := v.ready()
		b.Verbs = append(b.Verbs, manual.Entry{Page: v.page, Flags: v.page.Flags(c.set, commonFlags())})
	}
	for _, d := range settings.Descriptions() {
		b.Variables = append(b.Variables, manual.Variable{Name: d.Name, Own: d.Own, Place: d.Place, Values: d.Values,
			Default: d.Default, Takes: d.Takes, Status: d.Status, Means: d.Doc})
	}
	return b
}

// builtOn gives the date of the source that this program was built from. A build
// that did not record it may name it in SOURCE_DATE_EPOCH
// (reproducible-builds.org/specs/source-date-epoch); else it is today's.
func builtOn() string {
	day := time.Now()
	if t, err := time.Parse(time.RFC3339, buildSetting("vcs.time")); err == nil {
		day = t
	} else if sec, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64); err == nil {
		day = time.Unix(sec, 0)
	}
	return day.UTC().Format(time.DateOnly)
}

// buildSetting gives what the build recorded under a key, "" for nothing.
func buildSetting(key string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// man writes the man pages into a folder, as man looks for them.
func man(*common) runner {
	return func(_ context.Context, e env, rest []string) (int, error) {
		p := &printer{w: e.out}
		for _, d := range book().Man() {
			file := filepath.Join(rest[0], "man"+filepath.Ext(d.Name)[1:], d.Name)
			err := os.MkdirAll(filepath.Dir(file), 0o755)
			if err == nil {
				err = os.WriteFile(file, []byte(d.Text), 0o644)
			}
			if err != nil {
				return exitFailed, err
			}
			p.line("%s", file)
		}
		return exitOK, p.err
	}
}

// completion prints the completion of a shell.
func completion(*common) runner {
	return func(_ context.Context, e env, rest []string) (int, error) {
		text, err := book().Completion(rest[0])
		if err != nil {
			return exitUsage, fmt.Errorf("%w: %w", errUsage, err)
		}
		_, err = fmt.Fprint(e.out, text)
		return exitOK, err
	}
}
