// What the cluster's tests run in pods: it does one forbidden or permitted thing and says how it went.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"
)

// A new pod is cut off until the rules for it are there, so it tries again until this is over.
const patience = 8 * time.Second

// A packet that a policy drops is never answered; nothing here is further away than a switch.
const attempt = time.Second

func main() {
	if len(os.Args) != 3 {
		fail("one deed and one object")
	}
	deed, found := deeds[os.Args[1]]
	if !found {
		fail("no such deed")
	}
	if err := deed(os.Args[2]); err != nil {
		fail(err)
	}
}

func fail(why any) {
	fmt.Println("failed:", why)
	os.Exit(1)
}

var deeds = map[string]func(string) error{
	"connect": connect,
	"serve":   serve,
	"look-up": lookUp,
	"read":    read,
	"list":    list,
	"write":   write,
	"hold":    hold,
	"sleep":   sleep,
}

func connect(address string) error {
	return patiently(func(ctx context.Context) error {
		line, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		fmt.Println("connected")
		return line.Close()
	})
}

func patiently(try func(context.Context) error) error {
	for begin := time.Now(); ; time.Sleep(attempt / 5) {
		ctx, stop := context.WithTimeout(context.Background(), attempt)
		err := try(ctx)
		stop()
		if err == nil || time.Since(begin) > patience {
			return err
		}
	}
}

func serve(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	for {
		line, err := listener.Accept()
		if err != nil {
			return err
		}
		line.Close()
	}
}

func lookUp(name string) error {
	return patiently(func(ctx context.Context) error {
		addresses, err := net.DefaultResolver.LookupHost(ctx, name)
		if err == nil {
			fmt.Println(addresses)
		}
		return err
	})
}

func read(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(os.Stdout, file)
	return err
}

func list(path string) error {
	entries, err := os.ReadDir(path)
	for _, entry := range entries {
		fmt.Println(entry.Name())
	}
	return err
}

func write(path string) error {
	return os.WriteFile(path, []byte("written\n"), 0o644)
}

// Touches every page, so that the memory is really taken.
func hold(mebibytes string) error {
	count, err := strconv.Atoi(mebibytes)
	if err != nil {
		return err
	}
	var held [][]byte
	for range count {
		block := make([]byte, 1<<20)
		for at := 0; at < len(block); at += 4096 {
			block[at] = 1
		}
		held = append(held, block)
	}
	fmt.Println("held", len(held))
	return nil
}

func sleep(seconds string) error {
	count, err := strconv.Atoi(seconds)
	time.Sleep(time.Duration(count) * time.Second)
	return err
}
