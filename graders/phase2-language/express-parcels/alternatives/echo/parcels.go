package main

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"sync"
	"unicode/utf8"
)

// Parcel is what clients see.
type Parcel struct {
	Code    string `json:"code"`
	To      string `json:"to"`
	WeightG int    `json:"weightG"`
	Status  string `json:"status"`
}

var statuses = map[string]bool{"new": true, "moving": true, "delivered": true}

// changes are the fields that a body named.
type changes struct {
	to      *string
	weightG *int
	status  *string
}

func whole(raw json.RawMessage) (int, bool) {
	var number json.Number
	if len(raw) == 0 || raw[0] == '"' || json.Unmarshal(raw, &number) != nil || number == "" {
		return 0, false
	}
	value, err := strconv.ParseFloat(number.String(), 64)
	if err != nil || value != math.Trunc(value) || value < 1 || value > 30000 {
		return 0, false
	}
	return int(value), true
}

func text(raw json.RawMessage) (string, bool) {
	var value *string
	if json.Unmarshal(raw, &value) != nil || value == nil {
		return "", false
	}
	return *value, true
}

// readChanges checks the fields of a body; it must hold those that are required.
func readChanges(body map[string]json.RawMessage, required ...string) (changes, error) {
	var known changes
	for _, name := range required {
		if _, there := body[name]; !there {
			return known, errors.New(name + " is missing")
		}
	}
	if raw, there := body["to"]; there {
		value, ok := text(raw)
		if length := utf8.RuneCountInString(value); !ok || length < 1 || length > 200 {
			return known, errors.New("to must be a text of 1 to 200 characters")
		}
		known.to = &value
	}
	if raw, there := body["weightG"]; there {
		value, ok := whole(raw)
		if !ok {
			return known, errors.New("weightG must be a whole number from 1 to 30000")
		}
		known.weightG = &value
	}
	if raw, there := body["status"]; there {
		value, ok := text(raw)
		if !ok || !statuses[value] {
			return known, errors.New("status must be new, moving or delivered")
		}
		known.status = &value
	}
	return known, nil
}

// Store keeps all parcels in memory.
type Store struct {
	mu      sync.RWMutex
	next    int
	parcels map[string]Parcel
}

func newStore() *Store { return &Store{parcels: map[string]Parcel{}} }

func (s *Store) add(fields changes) Parcel {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	parcel := Parcel{"G" + strconv.Itoa(s.next), *fields.to, *fields.weightG, "new"}
	s.parcels[parcel.Code] = parcel
	return parcel
}

func (s *Store) find(code string) (Parcel, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	parcel, there := s.parcels[code]
	return parcel, there
}

func (s *Store) list(status string) []Parcel {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := []Parcel{}
	for _, parcel := range s.parcels {
		if status == "" || parcel.Status == status {
			found = append(found, parcel)
		}
	}
	return found
}

func (s *Store) change(code string, fields changes) (Parcel, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	parcel, there := s.parcels[code]
	if !there {
		return parcel, false
	}
	if fields.to != nil {
		parcel.To = *fields.to
	}
	if fields.weightG != nil {
		parcel.WeightG = *fields.weightG
	}
	if fields.status != nil {
		parcel.Status = *fields.status
	}
	s.parcels[code] = parcel
	return parcel, true
}

func (s *Store) remove(code string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, there := s.parcels[code]
	delete(s.parcels, code)
	return there
}
