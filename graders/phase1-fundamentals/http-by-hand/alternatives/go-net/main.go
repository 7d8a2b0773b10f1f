package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const maxHead = 32 << 10
const maxBody = 1 << 20

var root string

var types = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
	".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".json": "application/json", ".txt": "text/plain; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png",
}

var reasons = map[int]string{200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
	413: "Content Too Large", 414: "URI Too Long", 505: "HTTP Version Not Supported"}

type refusal int

func (r refusal) Error() string { return strconv.Itoa(int(r)) }

type request struct {
	method, path string
	minor        int
	header       map[string][]string
	body         []byte
}

// readLine reads up to "\r\n", and takes what it used off the budget.
func readLine(in *bufio.Reader, budget *int) (string, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > *budget {
			return "", refusal(414)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil {
			return "", err
		}
		if !bytes.HasSuffix(line, []byte("\r\n")) {
			return "", refusal(400)
		}
		*budget -= len(line)
		return string(line[:len(line)-2]), nil
	}
}

func isToken(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool {
		return r <= ' ' || r >= 127 || strings.ContainsRune("()<>@,;:\\\"/[]?={}", r)
	}) < 0
}

func isDigits(text, digits string) bool {
	return text != "" && strings.Trim(text, digits) == ""
}

func readRequest(in *bufio.Reader) (*request, error) {
	budget := maxHead
	first, err := readLine(in, &budget)
	if err != nil {
		return nil, err
	}
	parts := strings.Split(first, " ")
	if len(parts) != 3 || !isToken(parts[0]) || !strings.HasPrefix(parts[1], "/") {
		return nil, refusal(400)
	}
	req := &request{method: parts[0], header: map[string][]string{}}
	switch parts[2] {
	case "HTTP/1.1":
		req.minor = 1
	case "HTTP/1.0":
	default:
		return nil, refusal(505)
	}
	req.path, _, _ = strings.Cut(parts[1], "?")
	for {
		line, err := readLine(in, &budget)
		if err != nil {
			return nil, err
		}
		if line == "" {
			break
		}
		name, value, found := strings.Cut(line, ":")
		if !found || !isToken(name) {
			return nil, refusal(400)
		}
		name = strings.ToLower(name)
		req.header[name] = append(req.header[name], strings.Trim(value, " \t"))
	}
	if req.minor == 1 && len(req.header["host"]) != 1 {
		return nil, refusal(400)
	}
	req.body, err = readBody(in, req.header)
	return req, err
}

func readBody(in *bufio.Reader, header map[string][]string) ([]byte, error) {
	lengths, codings := header["content-length"], header["transfer-encoding"]
	if len(codings) > 0 {
		if len(lengths) > 0 || len(codings) > 1 || !strings.EqualFold(codings[0], "chunked") {
			return nil, refusal(400)
		}
		return readChunks(in)
	}
	if len(lengths) == 0 {
		return nil, nil
	}
	for _, one := range lengths {
		if one != lengths[0] || !isDigits(one, "0123456789") {
			return nil, refusal(400)
		}
	}
	length, err := strconv.Atoi(lengths[0])
	if err != nil || length > maxBody {
		return nil, refusal(413)
	}
	body := make([]byte, length)
	_, err = io.ReadFull(in, body)
	return body, err
}

func readChunks(in *bufio.Reader) ([]byte, error) {
	var body bytes.Buffer
	for {
		budget := maxHead
		line, err := readLine(in, &budget)
		if err != nil {
			return nil, err
		}
		digits, _, _ := strings.Cut(line, ";")
		if !isDigits(digits, "0123456789abcdefABCDEF") {
			return nil, refusal(400)
		}
		size, err := strconv.ParseInt(digits, 16, 32)
		if err != nil || body.Len()+int(size) > maxBody {
			return nil, refusal(413)
		}
		if size == 0 {
			break
		}
		if _, err := io.CopyN(&body, in, size); err != nil {
			return nil, err
		}
		var end [2]byte
		if _, err := io.ReadFull(in, end[:]); err != nil {
			return nil, err
		}
		if string(end[:]) != "\r\n" {
			return nil, refusal(400)
		}
	}
	for budget := maxHead; ; {
		line, err := readLine(in, &budget)
		if err != nil || line == "" {
			return body.Bytes(), err
		}
	}
}

func (r *request) stays() bool {
	has := func(word string) bool {
		for _, value := range r.header["connection"] {
			for _, one := range strings.Split(value, ",") {
				if strings.EqualFold(strings.TrimSpace(one), word) {
					return true
				}
			}
		}
		return false
	}
	return !has("close") && (r.minor == 1 || has("keep-alive"))
}

func find(escaped string) (int, string, []byte) {
	name, err := url.PathUnescape(escaped)
	if err != nil {
		return 400, "text/plain", []byte("bad escape\n")
	}
	missing := func() (int, string, []byte) { return 404, "text/plain", []byte("not found\n") }
	if strings.ContainsAny(name, "\x00\\") {
		return missing()
	}
	for _, candidate := range []string{root + name, root + name + "/index.html"} {
		real, err := filepath.EvalSymlinks(candidate)
		if err != nil {
			continue
		}
		inside, err := filepath.Rel(root, real)
		if err != nil || inside == ".." || strings.HasPrefix(inside, "../") {
			return missing()
		}
		info, err := os.Stat(real)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		content, err := os.ReadFile(real)
		if err != nil {
			continue
		}
		kind := types[filepath.Ext(real)]
		if kind == "" {
			kind = "application/octet-stream"
		}
		return 200, kind, content
	}
	return missing()
}

func respond(r *request) (int, string, []byte) {
	switch {
	case r.path == "/echo" && r.method == "POST":
		return 200, "application/octet-stream", r.body
	case r.method == "GET" || r.method == "HEAD":
		return find(r.path)
	default:
		return 405, "text/plain", []byte("method not allowed\n")
	}
}

func write(out *bufio.Writer, status int, kind string, body []byte, stays, head bool) {
	option := "close"
	if stays {
		option = "keep-alive"
	}
	fmt.Fprintf(out, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n",
		status, reasons[status], kind, len(body), option)
	if !head {
		out.Write(body)
	}
}

func serve(conn *net.TCPConn) {
	defer conn.Close()
	in, out := bufio.NewReader(conn), bufio.NewWriter(conn)
	for stays := true; stays; {
		req, err := readRequest(in)
		var bad refusal
		if errors.As(err, &bad) {
			write(out, int(bad), "text/plain", []byte("refused\n"), false, false)
			break
		}
		if err != nil {
			break
		}
		stays = req.stays()
		status, kind, body := respond(req)
		write(out, status, kind, body, stays, req.method == "HEAD")
		if in.Buffered() == 0 {
			if out.Flush() != nil {
				return
			}
		}
	}
	out.Flush()
	conn.CloseWrite()
	conn.SetReadDeadline(time.Now().Add(time.Second))
	io.Copy(io.Discard, conn)
}

func main() {
	var err error
	if root, err = filepath.EvalSymlinks(os.Getenv("DOCROOT")); err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(conn.(*net.TCPConn))
	}
}
