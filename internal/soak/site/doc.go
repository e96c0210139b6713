// Package site copies a site of Domigo to a folder of its own, runs "domigo
// serve" on it, and kills and restarts the server. It also tells what the
// process uses, as the system sees it. What is sent to the server, and what
// befalls it, is its caller's business.
package site
