// go-atlassian doing the work of one workload, measured as the clients in Python are.
//
//	client profiles|profiles_concurrent|issues URL COUNT
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/ctreminiom/go-atlassian/v2/admin"
	jira "github.com/ctreminiom/go-atlassian/v2/jira/v3"
)

const (
	account  = "5e5f6a63157ed50cd2b9eaca"
	inFlight = 64
	warmUp   = 20
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 3 {
		return fmt.Errorf("client profiles|profiles_concurrent|issues URL COUNT")
	}
	work, address := arguments[0], arguments[1]
	count, err := strconv.Atoi(arguments[2])
	if err != nil {
		return err
	}
	// Go keeps two idle connections a host unless told.
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = inFlight
	users, err := admin.New(http.DefaultClient)
	if err != nil {
		return err
	}
	if users.Site, err = url.Parse(address + "/"); err != nil {
		return err
	}
	users.Auth.SetBearerToken("token")
	site, err := jira.New(http.DefaultClient, address)
	if err != nil {
		return err
	}
	site.Auth.SetBasicAuth("me@acme.example", "token")

	if _, err := profiles(users, warmUp); err != nil {
		return err
	}
	wall, cpu := time.Now(), processorSeconds()
	var read int
	switch work {
	case "profiles":
		read, err = profiles(users, count)
	case "profiles_concurrent":
		read, err = profilesConcurrent(users, count)
	case "issues":
		read, err = issues(site, count)
	default:
		err = fmt.Errorf("%s: no such work", work)
	}
	if err != nil {
		return err
	}
	took, used := time.Since(wall).Seconds(), processorSeconds()-cpu
	peak, err := peakMemory()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"cpu": used, "wall": took, "peak_memory": peak, "read": read,
	})
}

func profiles(client *admin.Client, count int) (int, error) {
	read := 0
	for range count {
		user, _, err := client.User.Get(context.Background(), account)
		if err != nil {
			return 0, err
		}
		read += utf8.RuneCountInString(user.Account.Name)
	}
	return read, nil
}

func profilesConcurrent(client *admin.Client, count int) (int, error) {
	var group sync.WaitGroup
	var read atomic.Int64
	failures := make(chan error, inFlight)
	for of := range inFlight {
		group.Go(func() {
			share := (count - of + inFlight - 1) / inFlight
			characters, err := profiles(client, share)
			read.Add(int64(characters))
			if err != nil {
				failures <- err
			}
		})
	}
	group.Wait()
	select {
	case err := <-failures:
		return 0, err
	default:
		return int(read.Load()), nil
	}
}

func issues(client *jira.Client, count int) (int, error) {
	read, seen, token := 0, 0, ""
	for {
		page, _, err := client.Issue.Search.SearchJQL(context.Background(), "project = DEMO", []string{"*all"}, nil, 100, token)
		if err != nil {
			return 0, err
		}
		for _, issue := range page.Issues {
			read += utf8.RuneCountInString(issue.Key) +
				utf8.RuneCountInString(issue.Fields.Summary) +
				utf8.RuneCountInString(issue.Fields.Status.Name)
		}
		seen += len(page.Issues)
		if token = page.NextPageToken; token == "" {
			break
		}
	}
	if seen != count {
		return 0, fmt.Errorf("%d issues came, %d were due", seen, count)
	}
	return read, nil
}

// User and system time of the whole process.
func processorSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

func peakMemory() (int, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, line, _ := strings.Cut(string(status), "VmHWM:")
	line, _, _ = strings.Cut(line, "kB")
	kilobytes, err := strconv.Atoi(strings.TrimSpace(line))
	return kilobytes * 1024, err
}
