package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"log"
	"mime"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

type depot struct{ ID, Name string }

type event struct{ At, Place, Text string }

func (e event) Time() *time.Time {
	at, err := time.Parse(time.RFC3339, e.At)
	if err != nil {
		return nil
	}
	return &at
}

type parcel struct {
	Code, Recipient string
	Sender          struct{ Name, Website string }
	Events          []event
}

func (p parcel) Link() bool {
	return strings.HasPrefix(p.Sender.Website, "https://") || strings.HasPrefix(p.Sender.Website, "http://")
}

type fields struct{ Name, Email, Depot, Note string }

type booking struct {
	fields
	DepotName string
}

type form struct {
	Values fields
	Wrong  map[string]string
	Depots []depot
}

//go:embed pages.html
var files embed.FS

var (
	data struct {
		Depots  []depot
		Parcels []parcel
	}
	parcels  = map[string]parcel{}
	depots   = map[string]string{}
	pages    = template.Must(template.ParseFS(files, "pages.html"))
	mutex    sync.RWMutex
	bookings []booking
)

const css = `ul#events{list-style:none}ul#events>li+li{border-top:1px solid}`

func show(w http.ResponseWriter, status int, name string, value any) {
	var page bytes.Buffer
	if err := pages.ExecuteTemplate(&page, name, value); err != nil {
		log.Print(err)
		http.Error(w, "something went wrong", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", `text/html; charset="utf-8"`)
	w.WriteHeader(status)
	w.Write(page.Bytes())
}

func missing(w http.ResponseWriter, r *http.Request) {
	show(w, http.StatusNotFound, "missing", r.URL.Path)
}

// only answers 405 where the method is none of these.
func only(methods string, then http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, method := range strings.Split(methods, ", ") {
			if r.Method == method {
				then(w, r)
				return
			}
		}
		w.Header().Set("Allow", methods)
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

func track(w http.ResponseWriter, r *http.Request) {
	found, ok := parcels[strings.TrimPrefix(r.URL.Path, "/track/")]
	if !ok {
		missing(w, r)
		return
	}
	only("GET, HEAD", func(w http.ResponseWriter, r *http.Request) {
		events := append([]event{}, found.Events...)
		sort.SliceStable(events, func(i, j int) bool {
			a, b := events[i].Time(), events[j].Time()
			if a == nil || b == nil {
				return a != nil && b == nil
			}
			return a.Before(*b)
		})
		found.Events = events
		show(w, http.StatusOK, "track", found)
	})(w, r)
}

func check(f fields) map[string]string {
	wrong := map[string]string{}
	if strings.TrimSpace(f.Name) == "" || utf8.RuneCountInString(f.Name) > 80 {
		wrong["name"] = "A name has 1 to 80 characters."
	}
	at := strings.Index(f.Email, "@")
	if at < 1 || at == len(f.Email)-1 || strings.Count(f.Email, "@") != 1 || len(strings.Fields(f.Email)) != 1 || strings.ContainsAny(f.Email, " \t\r\n") {
		wrong["email"] = "That is no email address."
	}
	if _, ok := depots[f.Depot]; !ok {
		wrong["depot"] = "Choose one of the depots."
	}
	if utf8.RuneCountInString(strings.ReplaceAll(f.Note, "\r\n", "\n")) > 500 {
		wrong["note"] = "A note has 500 characters at most."
	}
	return wrong
}

func pickup(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		show(w, http.StatusOK, "pickup", form{Depots: data.Depots})
		return
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" || r.ParseForm() != nil {
		http.Error(w, "send a form", http.StatusBadRequest)
		return
	}
	sent := fields{r.PostForm.Get("name"), r.PostForm.Get("email"), r.PostForm.Get("depot"), r.PostForm.Get("note")}
	if wrong := check(sent); len(wrong) > 0 {
		show(w, http.StatusUnprocessableEntity, "pickup", form{sent, wrong, data.Depots})
		return
	}
	mutex.Lock()
	bookings = append(bookings, booking{sent, depots[sent.Depot]})
	number := len(bookings)
	mutex.Unlock()
	http.Redirect(w, r, fmt.Sprintf("/pickups/%d", number), http.StatusSeeOther)
}

func one(w http.ResponseWriter, r *http.Request) {
	mutex.RLock()
	defer mutex.RUnlock()
	number, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/pickups/"))
	if err != nil || number < 1 || number > len(bookings) {
		missing(w, r)
		return
	}
	show(w, http.StatusOK, "booked", bookings[number-1])
}

func main() {
	text, err := os.ReadFile(os.Getenv("DATA_FILE"))
	if err == nil {
		err = json.Unmarshal(text, &data)
	}
	if err != nil {
		log.Fatal(err)
	}
	for _, each := range data.Parcels {
		parcels[each.Code] = each
	}
	for _, each := range data.Depots {
		depots[each.ID] = each.Name
	}
	http.HandleFunc("/", missing)
	http.HandleFunc("/track/", track)
	http.HandleFunc("/pickup", only("GET, HEAD, POST", pickup))
	http.HandleFunc("/pickups", only("GET, HEAD", func(w http.ResponseWriter, r *http.Request) {
		mutex.RLock()
		defer mutex.RUnlock()
		show(w, http.StatusOK, "pickups", bookings)
	}))
	http.HandleFunc("/pickups/", only("GET, HEAD", one))
	http.HandleFunc("/look.css", only("GET, HEAD", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		fmt.Fprint(w, css)
	}))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
