package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"
)

type locker struct {
	ID     string  `json:"id"`
	Size   string  `json:"size"`
	Status string  `json:"status"`
	Label  *string `json:"label,omitempty"`
}

type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

type wall struct {
	mu      sync.Mutex
	made    int
	lockers map[string]locker
}

const mostBytes = 64 << 10

var newID = regexp.MustCompile(`\A[A-Z]{1,3}-[0-9]{1,4}\z`)

func reply(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func fail(w http.ResponseWriter, status int, text string) {
	reply(w, status, map[string]string{"error": text})
}

func readObject(w http.ResponseWriter, r *http.Request) (map[string]any, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) ||
		kind != "application/json" && !(strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")) {
		return nil, &refusal{http.StatusUnsupportedMediaType, "send application/json"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBytes))
	if err != nil {
		return nil, &refusal{http.StatusRequestEntityTooLarge, "the body is larger than 64 KiB"}
	}
	if !utf8.Valid(body) {
		return nil, &refusal{http.StatusBadRequest, "the body is not UTF-8"}
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(&value); err != nil {
		return nil, &refusal{http.StatusBadRequest, "the body is not JSON"}
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, &refusal{http.StatusBadRequest, "there is more than one value in the body"}
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, &refusal{http.StatusBadRequest, "send an object"}
	}
	return object, nil
}

func oneOf(value any, choices ...string) (string, bool) {
	text, ok := value.(string)
	for _, choice := range choices {
		if ok && text == choice {
			return text, true
		}
	}
	return "", false
}

func parse(object map[string]any, whole bool) (locker, error) {
	made := locker{Status: "free"}
	var ok bool
	if made.Size, ok = oneOf(object["size"], "S", "M", "L"); !ok {
		return made, &refusal{http.StatusUnprocessableEntity, "size must be S, M or L"}
	}
	if whole {
		if made.Status, ok = oneOf(object["status"], "free", "occupied", "broken"); !ok {
			return made, &refusal{http.StatusUnprocessableEntity, "status must be free, occupied or broken"}
		}
	}
	if label, present := object["label"]; present {
		text, ok := label.(string)
		if !ok || utf8.RuneCountInString(text) > 200 {
			return made, &refusal{http.StatusUnprocessableEntity, "label must be a text of up to 200 characters"}
		}
		made.Label = &text
	}
	return made, nil
}

func refuse(w http.ResponseWriter, err error) {
	var known *refusal
	if errors.As(err, &known) {
		fail(w, known.status, known.text)
		return
	}
	fail(w, http.StatusInternalServerError, "something went wrong")
}

func notAllowed(w http.ResponseWriter, methods string) {
	w.Header().Set("Allow", methods)
	fail(w, http.StatusMethodNotAllowed, "this path takes "+methods)
}

func (all *wall) collection(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		all.mu.Lock()
		list := make([]locker, 0, len(all.lockers))
		for _, one := range all.lockers {
			list = append(list, one)
		}
		all.mu.Unlock()
		// Every id is ASCII, so that bytes are ordered as JavaScript orders texts.
		sort.Slice(list, func(i, j int) bool { return list[i].ID < list[j].ID })
		reply(w, http.StatusOK, list)
	case http.MethodPost:
		object, err := readObject(w, r)
		if err != nil {
			refuse(w, err)
			return
		}
		made, err := parse(object, false)
		if err != nil {
			refuse(w, err)
			return
		}
		all.mu.Lock()
		all.made++
		made.ID = fmt.Sprintf("locker-%06d", all.made)
		all.lockers[made.ID] = made
		all.mu.Unlock()
		w.Header().Set("Location", "/lockers/"+made.ID)
		reply(w, http.StatusCreated, made)
	default:
		notAllowed(w, "GET, HEAD, POST")
	}
}

func (all *wall) single(w http.ResponseWriter, r *http.Request, id string) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		all.mu.Lock()
		one, there := all.lockers[id]
		all.mu.Unlock()
		if !there {
			fail(w, http.StatusNotFound, "there is no such locker")
			return
		}
		reply(w, http.StatusOK, one)
	case http.MethodPut:
		object, err := readObject(w, r)
		if err != nil {
			refuse(w, err)
			return
		}
		sent, err := parse(object, true)
		if err != nil {
			refuse(w, err)
			return
		}
		all.mu.Lock()
		_, there := all.lockers[id]
		if there || newID.MatchString(id) {
			sent.ID = id
			all.lockers[id] = sent
		}
		all.mu.Unlock()
		switch {
		case there:
			reply(w, http.StatusOK, sent)
		case sent.ID == "":
			fail(w, http.StatusUnprocessableEntity, "a new id looks like A-12")
		default:
			reply(w, http.StatusCreated, sent)
		}
	case http.MethodDelete:
		all.mu.Lock()
		_, there := all.lockers[id]
		delete(all.lockers, id)
		all.mu.Unlock()
		if !there {
			fail(w, http.StatusNotFound, "there is no such locker")
			return
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		notAllowed(w, "GET, HEAD, PUT, DELETE")
	}
}

func (all *wall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := r.URL.EscapedPath()
	if at == "/lockers" {
		all.collection(w, r)
		return
	}
	rest := strings.TrimPrefix(at, "/lockers/")
	id, err := url.PathUnescape(rest)
	if rest == at || rest == "" || strings.Contains(rest, "/") || err != nil {
		fail(w, http.StatusNotFound, "there is nothing here")
		return
	}
	all.single(w, r, id)
}

func main() {
	all := &wall{lockers: map[string]locker{}}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), all))
}
