// The echo server of `stall` in Go, beside goroutines that block their threads in a plain system
// call, since time.Sleep would block none. It ends when its standard input is closed.
//
//	server WORKERS BLOCKING
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

func echo(connection net.Conn) {
	defer connection.Close()
	buffer := make([]byte, 4096)
	for {
		length, err := connection.Read(buffer)
		if err != nil {
			return
		}
		if _, err := connection.Write(buffer[:length]); err != nil {
			return
		}
	}
}

func block() {
	for {
		blocked := syscall.NsecToTimespec(int64(50 * time.Millisecond))
		syscall.Nanosleep(&blocked, nil)
		time.Sleep(10 * time.Millisecond)
	}
}

func main() {
	workers, _ := strconv.Atoi(os.Args[1])
	blocking, _ := strconv.Atoi(os.Args[2])
	runtime.GOMAXPROCS(workers)
	for i := 0; i < blocking; i++ {
		go block()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go echo(connection)
		}
	}()
	fmt.Println(listener.Addr())
	io.Copy(io.Discard, os.Stdin)
}
