package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// conn is a connection to PostgreSQL: protocol 3.0, trust or SCRAM-SHA-256, values as text.
type conn struct {
	net.Conn
	in *bufio.Reader
}

type row []*string

func message(kind string, payload []byte) []byte {
	out := append([]byte(kind), 0, 0, 0, 0)
	binary.BigEndian.PutUint32(out[len(kind):], uint32(len(payload)+4))
	return append(out, payload...)
}

func (c *conn) read() (byte, []byte, error) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(c.in, head); err != nil {
		return 0, nil, err
	}
	payload := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
	_, err := io.ReadFull(c.in, payload)
	return head[0], payload, err
}

func failure(payload []byte) error {
	text := "unknown"
	for _, part := range strings.Split(string(payload), "\x00") {
		if strings.HasPrefix(part, "M") {
			text = part[1:]
		}
	}
	return errors.New("postgres: " + text)
}

func connect(address string) (*conn, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	port := u.Port()
	if port == "" {
		port = "5432"
	}
	socket, err := net.Dial("tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return nil, err
	}
	c := &conn{socket, bufio.NewReader(socket)}
	start := []byte{0, 3, 0, 0}
	for _, part := range []string{"user", u.User.Username(), "database", strings.TrimPrefix(u.Path, "/"), "client_encoding", "UTF8", ""} {
		start = append(append(start, part...), 0)
	}
	if _, err := c.Write(message("", start)); err != nil {
		return nil, err
	}
	password, _ := u.User.Password()
	return c, c.login(password)
}

func (c *conn) login(password string) error {
	raw := make([]byte, 18)
	rand.Read(raw)
	nonce := base64.StdEncoding.EncodeToString(raw)
	bare := "n=,r=" + nonce
	for {
		kind, payload, err := c.read()
		if err != nil {
			return err
		}
		switch {
		case kind == 'E':
			return failure(payload)
		case kind == 'Z':
			return nil
		case kind != 'R':
			continue
		}
		data := string(payload[4:])
		switch binary.BigEndian.Uint32(payload) {
		case 0, 12:
		case 10:
			first := "n,," + bare
			out := append([]byte("SCRAM-SHA-256\x00"), 0, 0, 0, byte(len(first)))
			c.Write(message("p", append(out, first...)))
		case 11:
			fields := map[string]string{}
			for _, part := range strings.Split(data, ",") {
				name, value, _ := strings.Cut(part, "=")
				fields[name] = value
			}
			salt, _ := base64.StdEncoding.DecodeString(fields["s"])
			rounds, _ := strconv.Atoi(fields["i"])
			salted, err := pbkdf2.Key(sha256.New, password, salt, rounds, 32)
			if err != nil {
				return err
			}
			without := "c=biws,r=" + fields["r"]
			key := mac(salted, "Client Key")
			stored := sha256.Sum256(key)
			signature := mac(stored[:], bare+","+data+","+without)
			for i := range key {
				key[i] ^= signature[i]
			}
			c.Write(message("p", []byte(without+",p="+base64.StdEncoding.EncodeToString(key))))
		default:
			return fmt.Errorf("postgres: a login of another kind is asked for")
		}
	}
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// query runs one statement; values take the places $1, $2 …
func (c *conn) query(text string, values ...any) ([]row, error) {
	parse := append(append([]byte{0}, text...), 0, 0, 0)
	bind := binary.BigEndian.AppendUint16([]byte{0, 0, 0, 0}, uint16(len(values)))
	for _, value := range values {
		raw := fmt.Sprint(value)
		bind = append(binary.BigEndian.AppendUint32(bind, uint32(len(raw))), raw...)
	}
	bind = append(bind, 0, 0)
	out := append(message("P", parse), message("B", bind)...)
	out = append(out, message("E", []byte{0, 0, 0, 0, 0})...)
	if _, err := c.Write(append(out, message("S", nil)...)); err != nil {
		return nil, err
	}
	var rows []row
	var wrong error
	for {
		kind, payload, err := c.read()
		if err != nil {
			return nil, err
		}
		switch kind {
		case 'E':
			wrong = failure(payload)
		case 'D':
			rows = append(rows, rowOf(payload))
		case 'Z':
			return rows, wrong
		}
	}
}

func rowOf(payload []byte) row {
	var found row
	for rest := payload[2:]; len(rest) > 0; {
		size := int32(binary.BigEndian.Uint32(rest))
		rest = rest[4:]
		if size < 0 {
			found = append(found, nil)
			continue
		}
		text := string(rest[:size])
		found = append(found, &text)
		rest = rest[size:]
	}
	return found
}

// pool lends connections; one on which something went wrong is not lent again.
type pool struct {
	address string
	places  chan *conn
}

func newPool(address string, size int) *pool {
	p := &pool{address, make(chan *conn, size)}
	for range size {
		p.places <- nil
	}
	return p
}

func (p *pool) with(use func(*conn) error) error {
	c := <-p.places
	defer func() { p.places <- c }()
	if c == nil {
		var err error
		if c, err = connect(p.address); err != nil {
			c = nil
			return err
		}
	}
	err := use(c)
	var refused refusal
	if err != nil && !errors.As(err, &refused) {
		c.Close()
		c = nil
	}
	return err
}
