package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

type parcel struct {
	Code string `json:"code"`
	Size string `json:"size"`
}

type pair struct{ method, route string }
type triple struct{ method, route, status string }
type histogram struct {
	within []uint64
	count  uint64
	sum    float64
}

var (
	mu        sync.Mutex
	parcels   = map[string]parcel{}
	next      = 1
	inFlight  int
	counters  = map[triple]uint64{}
	durations = map[pair]*histogram{}
	created   = map[string]uint64{}
	bounds    = []float64{0.005, 0.01, 0.03, 0.1, 0.3, 1, 3, 10}
	started   = float64(time.Now().UnixNano()) / 1e9
)

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, status int, text string) {
	reply(w, status, map[string]string{"error": text})
}

type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(data []byte) (int, error) {
	if r.status == 0 {
		r.status = 200
	}
	return r.ResponseWriter.Write(data)
}

func methodOf(r *http.Request) string {
	switch r.Method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return r.Method
	}
	return "other"
}

func measured(inner *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		mu.Lock()
		inFlight++
		mu.Unlock()
		_, pattern := inner.Handler(r)
		rec := &recorder{ResponseWriter: w}
		defer func() {
			if recover() != nil {
				refuse(rec, 500, "internal server error")
			}
			took := time.Since(begun).Seconds()
			route := pattern
			if at := strings.Index(pattern, "/"); at >= 0 {
				route = pattern[at:]
			}
			if route == "" || route == "/" {
				route = "*"
			}
			status := strconv.Itoa(rec.status)
			if r.Context().Err() != nil {
				status = "499"
			}
			mu.Lock()
			defer mu.Unlock()
			inFlight--
			counters[triple{methodOf(r), route, status}]++
			one := durations[pair{methodOf(r), route}]
			if one == nil {
				one = &histogram{within: make([]uint64, len(bounds))}
				durations[pair{methodOf(r), route}] = one
			}
			one.count++
			one.sum += took
			for i, le := range bounds {
				if took <= le {
					one.within[i]++
				}
			}
		}()
		inner.ServeHTTP(rec, r)
	})
}

func find(w http.ResponseWriter, r *http.Request) (parcel, bool) {
	mu.Lock()
	defer mu.Unlock()
	p, ok := parcels[r.PathValue("code")]
	if !ok {
		refuse(w, 404, "no such parcel")
	}
	return p, ok
}

func allow(methods string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", methods)
		refuse(w, 405, "not here")
	}
}

func api() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /parcels", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		all := []parcel{}
		for _, p := range parcels {
			all = append(all, p)
		}
		mu.Unlock()
		reply(w, 200, all)
	})
	mux.HandleFunc("POST /parcels", func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(strings.ToLower(r.Header.Get("Content-Type")), "json") {
			refuse(w, 415, "JSON, please")
			return
		}
		var sent map[string]any
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			refuse(w, 400, "no JSON object")
			return
		}
		size, _ := sent["size"].(string)
		if size != "S" && size != "M" && size != "L" {
			refuse(w, 422, "S, M or L")
			return
		}
		mu.Lock()
		p := parcel{fmt.Sprintf("p-%d", next), size}
		next++
		parcels[p.Code] = p
		created[size]++
		mu.Unlock()
		reply(w, 201, p)
	})
	mux.HandleFunc("/parcels", allow("GET, HEAD, POST"))
	mux.HandleFunc("GET /parcels/{code}", func(w http.ResponseWriter, r *http.Request) {
		if p, ok := find(w, r); ok {
			reply(w, 200, p)
		}
	})
	mux.HandleFunc("DELETE /parcels/{code}", func(w http.ResponseWriter, r *http.Request) {
		if p, ok := find(w, r); ok {
			mu.Lock()
			delete(parcels, p.Code)
			mu.Unlock()
			w.WriteHeader(204)
		}
	})
	mux.HandleFunc("/parcels/{code}", allow("GET, HEAD, DELETE"))
	mux.HandleFunc("GET /parcels/{code}/label", func(w http.ResponseWriter, r *http.Request) {
		p, ok := find(w, r)
		if !ok {
			return
		}
		ms, _ := strconv.Atoi(r.URL.Query().Get("ms"))
		select {
		case <-time.After(time.Duration(min(max(ms, 0), 5000)) * time.Millisecond):
			reply(w, 200, map[string]string{"label": p.Size + " " + p.Code})
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("/parcels/{code}/label", allow("GET, HEAD"))
	mux.HandleFunc("GET /boom", func(w http.ResponseWriter, r *http.Request) { panic("boom") })
	mux.HandleFunc("/boom", allow("GET, HEAD"))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { refuse(w, 404, "no such page") })
	return measured(mux)
}

func memory() uint64 {
	text, err := os.ReadFile("/proc/self/statm")
	if fields := strings.Fields(string(text)); err == nil && len(fields) > 1 {
		pages, _ := strconv.ParseUint(fields[1], 10, 64)
		return pages * uint64(os.Getpagesize())
	}
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return uint64(usage.Maxrss) * 1024
}

func page() string {
	var out strings.Builder
	family := func(name, kind string) {
		fmt.Fprintf(&out, "# HELP %s See the README.\n# TYPE %s %s\n", name, name, kind)
	}
	mu.Lock()
	defer mu.Unlock()
	family("http_requests_total", "counter")
	lines := []string{}
	for key, value := range counters {
		lines = append(lines, fmt.Sprintf("http_requests_total{method=%q,route=%q,status=%q} %d\n", key.method, key.route, key.status, value))
	}
	sort.Strings(lines)
	out.WriteString(strings.Join(lines, ""))
	family("http_request_duration_seconds", "histogram")
	for key, one := range durations {
		labels := fmt.Sprintf("method=%q,route=%q", key.method, key.route)
		for i, le := range bounds {
			fmt.Fprintf(&out, "http_request_duration_seconds_bucket{%s,le=\"%g\"} %d\n", labels, le, one.within[i])
		}
		fmt.Fprintf(&out, "http_request_duration_seconds_bucket{%s,le=\"+Inf\"} %d\n", labels, one.count)
		fmt.Fprintf(&out, "http_request_duration_seconds_sum{%s} %g\n", labels, one.sum)
		fmt.Fprintf(&out, "http_request_duration_seconds_count{%s} %d\n", labels, one.count)
	}
	family("http_requests_in_flight", "gauge")
	fmt.Fprintf(&out, "http_requests_in_flight %d\n", inFlight)
	family("parcels_created_total", "counter")
	for size, value := range created {
		fmt.Fprintf(&out, "parcels_created_total{size=%q} %d\n", size, value)
	}
	family("queue_depth", "gauge")
	text, err := os.ReadFile(os.Getenv("QUEUE_FILE"))
	if depth, wrong := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 63); err == nil && wrong == nil {
		fmt.Fprintf(&out, "queue_depth %d\n", depth)
	}
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
	family("process_cpu_seconds_total", "counter")
	fmt.Fprintf(&out, "process_cpu_seconds_total %g\n", cpu)
	family("process_resident_memory_bytes", "gauge")
	fmt.Fprintf(&out, "process_resident_memory_bytes %d\n", memory())
	family("process_start_time_seconds", "gauge")
	fmt.Fprintf(&out, "process_start_time_seconds %f\n", started)
	return out.String()
}

func main() {
	metrics := http.NewServeMux()
	metrics.HandleFunc("/metrics", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		w.Write([]byte(page()))
	})
	go http.ListenAndServe("127.0.0.1:"+os.Getenv("METRICS_PORT"), metrics)
	panic(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), api()))
}
