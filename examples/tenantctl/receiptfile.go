package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/retenant/retenant/refresh/receipt"
)

// receiptFile is a new file that a receipt is to be written to. It is made before the run, so that a place that cannot be written to refuses the run.
// The zero value is none.
type receiptFile struct{ file *os.File }

// newReceiptFile makes the file; "" is none. It never writes over one.
func newReceiptFile(name string) (*receiptFile, error) {
	if name == "" {
		return &receiptFile{}, nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("%w: %s exists and is not written over; name a new file by --receipt", errRefused, name)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the receipt could not be written: %w", errRefused, err)
	}
	return &receiptFile{f}, nil
}

// write writes the receipt.
func (r *receiptFile) write(sealed *receipt.Receipt) error {
	if r.file == nil {
		return nil
	}
	data, err := json.MarshalIndent(sealed, "", "  ")
	if err == nil {
		_, err = r.file.Write(append(data, '\n'))
	}
	if err == nil {
		err = r.file.Close()
	}
	if err != nil {
		return fmt.Errorf("the refresh is done; its receipt could not be written, see tenantctl status %s --json: %w", sealed.Run, err)
	}
	r.file = nil
	return nil
}

// discard removes the file, unless the receipt has been written.
func (r *receiptFile) discard() {
	if r.file != nil {
		_ = r.file.Close()
		_ = os.Remove(r.file.Name())
	}
}
