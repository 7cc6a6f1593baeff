package keys

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
)

const headerLength = 4 // a name of three letters and a version

// seal appends the checksum to a body that begins with its header. The checksum (CRC-32C) finds damage, not malice.
func seal(body []byte) []byte {
	return binary.LittleEndian.AppendUint32(body, crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
}

// unseal checks header and checksum and returns what stands between them.
func unseal(data []byte, header string) ([]byte, error) {
	if len(data) < headerLength+4 {
		return nil, fmt.Errorf("%d bytes are too few", len(data))
	}
	if !strings.HasPrefix(string(data[:headerLength]), header[:headerLength-1]) {
		return nil, fmt.Errorf("it does not begin with %q", header[:headerLength-1])
	}
	if data[headerLength-1] != header[headerLength-1] {
		return nil, fmt.Errorf("version %d, but this program reads version %d", data[headerLength-1], header[headerLength-1])
	}
	body := data[:len(data)-4]
	if crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)) != binary.LittleEndian.Uint32(data[len(body):]) {
		return nil, errors.New("the checksum differs")
	}
	return body[headerLength:], nil
}
