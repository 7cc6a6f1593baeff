package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// readFile reads a file of at most so many bytes, what it is for people. A pipe will do, such as a shell's <(command); a folder or a device, which may have no
// end, will not. It returns when ctx ends, although nobody may ever write to the pipe.
func readFile(ctx context.Context, what, name string, limit int64) ([]byte, error) {
	type content struct {
		text []byte
		err  error
	}
	read := make(chan content, 1)
	go func() {
		text, err := readWhole(what, name, limit)
		read <- content{text, err}
	}()
	select {
	case c := <-read:
		return c.text, c.err
	case <-ctx.Done():
		return nil, fmt.Errorf("%s %s: %w", what, name, ctx.Err())
	}
}

func readWhole(what, name string, limit int64) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", what, name, cause(err))
	}
	if !info.Mode().IsRegular() && info.Mode()&fs.ModeNamedPipe == 0 {
		return nil, fmt.Errorf("%w: %s %s is a folder, a device or a socket; name a file", errRefused, what, name)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", what, name, cause(err))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", what, name, cause(err))
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("%w: %s %s has more than %d bytes, which is more than one may have; is it another file?", errRefused, what, name, limit)
	}
	return text, nil
}

// cause leaves out the path of a file's error, which is told already.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
