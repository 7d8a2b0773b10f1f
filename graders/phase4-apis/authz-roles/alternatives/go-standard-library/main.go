// Pelican Post's office: who may do what.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

var db = newPool(os.Getenv("DATABASE_URL"), 6)

type refusal struct {
	status int
	text   string
}

func (r refusal) Error() string { return r.text }

type user struct {
	ID    int      `json:"id"`
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

func (u user) is(roles ...string) bool {
	return slices.ContainsFunc(roles, func(role string) bool { return slices.Contains(u.Roles, role) })
}

type parcel struct {
	ID         int    `json:"id"`
	CustomerID int    `json:"customerId"`
	CourierID  *int   `json:"courierId"`
	Address    string `json:"address"`
	Status     string `json:"status"`
}

func number(text *string) int {
	n, _ := strconv.Atoi(*text)
	return n
}

func query(text string, values ...any) (rows []row, err error) {
	err = db.with(func(c *conn) error {
		rows, err = c.query(text, values...)
		return err
	})
	return rows, err
}

func users(where string, values ...any) ([]user, error) {
	rows, err := query("select id, name, (select string_agg(role, ' ') from user_roles where user_id = id) from users where "+where, values...)
	found := []user{}
	for _, r := range rows {
		one := user{number(r[0]), *r[1], []string{}}
		if r[2] != nil {
			one.Roles = strings.Fields(*r[2])
		}
		found = append(found, one)
	}
	return found, err
}

const columns = "id, customer_id, courier_id, address, status"

func parcelsOf(rows []row, err error) ([]parcel, error) {
	found := []parcel{}
	for _, r := range rows {
		one := parcel{number(r[0]), number(r[1]), nil, *r[3], *r[4]}
		if r[2] != nil {
			courier := number(r[2])
			one.CourierID = &courier
		}
		found = append(found, one)
	}
	return found, err
}

func parcels(where string, values ...any) ([]parcel, error) {
	return parcelsOf(query("select "+columns+" from parcels where "+where, values...))
}

// ---- tokens

var encoding = base64.RawURLEncoding

func unpack(part string, into any) bool {
	raw, err := encoding.DecodeString(part)
	return err == nil && json.Unmarshal(raw, into) == nil
}

func caller(r *http.Request) (user, error) {
	nobody := refusal{401, "a token is needed"}
	token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	parts := strings.Split(token, ".")
	if !isBearer || len(parts) != 3 {
		return user{}, nobody
	}
	var header struct{ Alg string }
	var claims struct {
		Sub string
		Exp float64
	}
	h := hmac.New(sha256.New, []byte(os.Getenv("JWT_SECRET")))
	h.Write([]byte(parts[0] + "." + parts[1]))
	signature, err := encoding.DecodeString(parts[2])
	if err != nil || !hmac.Equal(signature, h.Sum(nil)) || !unpack(parts[0], &header) || !unpack(parts[1], &claims) {
		return user{}, nobody
	}
	if header.Alg != "HS256" || claims.Exp < float64(time.Now().Unix()) {
		return user{}, nobody
	}
	found, err := users("id::text = $1", claims.Sub)
	if err == nil && len(found) == 0 {
		err = nobody
	}
	if err != nil {
		return user{}, err
	}
	return found[0], nil
}

// ---- requests

type ask struct {
	*http.Request
	me     user
	id     int
	fields map[string]json.RawMessage
}

var isID = regexp.MustCompile(`^[1-9][0-9]{0,8}$`)

// text gives a text of the body that fits.
func (a *ask) text(name string, fits func(string) bool) (string, error) {
	var value *string
	if json.Unmarshal(a.fields[name], &value) != nil || value == nil || !fits(*value) {
		return "", refusal{422, name + " is not right"}
	}
	return *value, nil
}

func upTo(most int) func(string) bool {
	return func(text string) bool { return text != "" && utf8.RuneCountInString(text) <= most }
}

// own is a condition for the parcels that the caller's roles reach.
func (a *ask) own(all []string, customer, courier bool) string {
	if a.me.is(all...) {
		return "true"
	}
	me := strconv.Itoa(a.me.ID)
	where := "false"
	if customer && a.me.is("customer") {
		where += " or customer_id = " + me
	}
	if courier && a.me.is("courier") {
		where += " or courier_id = " + me
	}
	return "(" + where + ")"
}

// one gives the only parcel of a statement, or says why there is none.
func (a *ask) one(found []parcel, err error) (int, any, error) {
	if err != nil {
		return 0, nil, err
	}
	if len(found) == 1 {
		return 200, found[0], nil
	}
	there, err := parcels("id = $1", a.id)
	if err == nil && len(there) == 0 {
		err = refusal{404, "no parcel has this id"}
	} else if err == nil {
		err = refusal{403, "this parcel is not yours to touch"}
	}
	return 0, nil, err
}

func (a *ask) set(column, value, where string) (int, any, error) {
	return a.one(parcelsOf(query("update parcels set "+column+" = $2 where id = $1 and "+where+" returning "+columns, a.id, value)))
}

type handler func(a *ask) (int, any, error)

var sees = []string{"dispatcher", "admin"}

func getMe(a *ask) (int, any, error) { return 200, a.me, nil }

func patchMe(a *ask) (int, any, error) {
	name, err := a.text("name", upTo(60))
	if err == nil {
		_, err = query("update users set name = $2 where id = $1", a.me.ID, name)
	}
	a.me.Name = name
	return 200, a.me, err
}

func postParcel(a *ask) (int, any, error) {
	address, err := a.text("address", upTo(100))
	if err != nil {
		return 0, nil, err
	}
	made, err := parcelsOf(query("insert into parcels (customer_id, address) values ($1, $2) returning "+columns, a.me.ID, address))
	if err != nil {
		return 0, nil, err
	}
	return 201, made[0], nil
}

func getParcels(a *ask) (int, any, error) {
	found, err := parcels(a.own(sees, true, true))
	return 200, found, err
}

func getParcel(a *ask) (int, any, error) {
	return a.one(parcels("id = $1 and "+a.own(sees, true, true), a.id))
}

func patchParcel(a *ask) (int, any, error) {
	address, err := a.text("address", upTo(100))
	if err != nil {
		return 0, nil, err
	}
	return a.set("address", address, a.own([]string{"dispatcher"}, true, false))
}

func deleteParcel(a *ask) (int, any, error) {
	where := a.own([]string{"admin"}, true, false)
	_, _, err := a.one(parcelsOf(query("delete from parcels where id = $1 and "+where+" returning "+columns, a.id)))
	return 204, nil, err
}

func putStatus(a *ask) (int, any, error) {
	status, err := a.text("status", func(text string) bool {
		return slices.Contains([]string{"waiting", "moving", "delivered"}, text)
	})
	if err != nil {
		return 0, nil, err
	}
	return a.set("status", status, a.own([]string{"dispatcher"}, false, true))
}

func putCourier(a *ask) (int, any, error) {
	var courier *int32
	if json.Unmarshal(a.fields["courierId"], &courier) != nil || courier == nil {
		return 0, nil, refusal{400, "courierId is not right"}
	}
	rows, err := query("select 1 from user_roles where user_id = $1 and role = 'courier'", *courier)
	if err == nil && len(rows) == 0 {
		err = refusal{404, "no courier has this id"}
	}
	if err != nil {
		return 0, nil, err
	}
	return a.set("courier_id", strconv.Itoa(int(*courier)), "true")
}

func getCouriers(a *ask) (int, any, error) {
	found, err := users("id in (select user_id from user_roles where role = 'courier')")
	return 200, found, err
}

func postUser(a *ask) (int, any, error) {
	name, err := a.text("name", upTo(60))
	if err != nil {
		return 0, nil, err
	}
	rows, err := query("with u as (insert into users (name) values ($1) returning id) insert into user_roles select id, 'customer' from u returning user_id", name)
	if err != nil {
		return 0, nil, err
	}
	return 201, user{number(rows[0][0]), name, []string{"customer"}}, nil
}

func putRoles(a *ask) (int, any, error) {
	var roles *[]string
	if json.Unmarshal(a.fields["roles"], &roles) != nil || roles == nil {
		return 0, nil, refusal{400, "roles is not right"}
	}
	for _, role := range *roles {
		if !slices.Contains([]string{"customer", "courier", "dispatcher", "admin"}, role) {
			return 0, nil, refusal{422, "there is no such role"}
		}
	}
	err := db.with(func(c *conn) error {
		run := func(text string, values ...any) []row {
			rows, err := c.query(text, values...)
			if err != nil {
				panic(err)
			}
			return rows
		}
		run("begin")
		run("lock table user_roles in exclusive mode")
		run("delete from user_roles where user_id = $1", a.id)
		for _, role := range *roles {
			run("insert into user_roles select id, $2 from users where id = $1 on conflict do nothing", a.id, role)
		}
		if len(run("select 1 from users where id = $1", a.id)) == 0 {
			run("rollback")
			return refusal{404, "no user has this id"}
		}
		if len(run("select 1 from user_roles where role = 'admin' limit 1")) == 0 {
			run("rollback")
			return refusal{409, "somebody must be admin"}
		}
		run("commit")
		return nil
	})
	if err != nil {
		return 0, nil, err
	}
	found, err := users("id = $1", a.id)
	return 200, found[0], err
}

func getUsers(a *ask) (int, any, error) {
	found, err := users("true")
	return 200, found, err
}

func getExport(a *ask) (int, any, error) {
	people, err := users("true")
	if err != nil {
		return 0, nil, err
	}
	things, err := parcels("true")
	return 200, map[string]any{"users": people, "parcels": things}, err
}

type route struct {
	act   handler
	roles []string // nil: everybody
}

var routes = map[string]map[string]route{
	"/me": {"GET": {getMe, nil}, "PATCH": {patchMe, nil}},
	"/parcels": {
		"GET":  {getParcels, []string{"customer", "courier", "dispatcher", "admin"}},
		"POST": {postParcel, []string{"customer"}},
	},
	"/parcels/{id}": {
		"GET":    {getParcel, []string{"customer", "courier", "dispatcher", "admin"}},
		"PATCH":  {patchParcel, []string{"customer", "dispatcher"}},
		"DELETE": {deleteParcel, []string{"customer", "admin"}},
	},
	"/parcels/{id}/status":  {"PUT": {putStatus, []string{"courier", "dispatcher"}}},
	"/parcels/{id}/courier": {"PUT": {putCourier, []string{"dispatcher"}}},
	"/couriers":             {"GET": {getCouriers, sees}},
	"/users":                {"POST": {postUser, sees}},
	"/users/{id}/roles":     {"PUT": {putRoles, []string{"admin"}}},
	"/admin/users":          {"GET": {getUsers, []string{"admin"}}},
	"/admin/export":         {"GET": {getExport, []string{"admin"}}},
}

func answer(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func serve(r *http.Request, here map[string]route, w http.ResponseWriter) (int, any, error) {
	method := r.Method
	if method == "HEAD" {
		method = "GET"
	}
	found, isKnown := here[method]
	if !isKnown {
		for name := range here {
			w.Header().Add("Allow", name)
		}
		return 0, nil, refusal{405, "not this method"}
	}
	me, err := caller(r)
	if err != nil {
		return 0, nil, err
	}
	if found.roles != nil && !me.is(found.roles...) {
		return 0, nil, refusal{403, "this takes another role"}
	}
	a := &ask{Request: r, me: me}
	if id := r.PathValue("id"); strings.Contains(r.Pattern, "{id}") {
		if !isID.MatchString(id) {
			return 0, nil, refusal{404, "nothing has this id"}
		}
		a.id, _ = strconv.Atoi(id)
	}
	if method != "GET" && method != "DELETE" {
		kind, _, _ := strings.Cut(strings.ToLower(r.Header.Get("Content-Type")), ";")
		if kind != "application/json" {
			return 0, nil, refusal{415, "JSON is needed"}
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(body, &a.fields) != nil || a.fields == nil {
			return 0, nil, refusal{400, "this is no JSON object"}
		}
	}
	return found.act(a)
}

func main() {
	mux := http.NewServeMux()
	for path, here := range routes {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			status, body, err := serve(r, here, w)
			var refused refusal
			if errors.As(err, &refused) {
				answer(w, refused.status, map[string]string{"message": refused.text})
			} else if err != nil {
				log.Print(err)
				answer(w, 500, map[string]string{"message": "try again later"})
			} else {
				answer(w, status, body)
			}
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		answer(w, 404, map[string]string{"message": "there is nothing here"})
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), mux))
}
