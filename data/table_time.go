package data

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// timeOrder returns the order in time of two rows of a column of texts or categories, none missing.
func timeOrder(c *Column) (compare func(a, b int) int, err error) {
	texts := make([]string, c.Len())
	for i := range texts {
		texts[i] = c.Text(i)
	}
	if len(texts) > 0 && shapeOfYear(texts[0]) != "" {
		if err := sameShape(texts, c.Name); err != nil {
			return nil, err
		}
		return func(a, b int) int { return strings.Compare(texts[a], texts[b]) }, nil
	}
	times, first := make([]moment, len(texts)), moment{}
	for i, s := range texts {
		m, wrong := momentOf(s)
		switch {
		case wrong != "":
		case i == 0:
			first = m
		case m.dated != first.dated:
			wrong = fmt.Sprintf("is a date or a time alone, other than %s in row 0", quoted(texts[0]))
		case m.timed && !first.timed:
			first.timed, first.zoned = true, m.zoned
		case m.timed && m.zoned != first.zoned:
			wrong = "has a time with a zone where others have none, or the other way round"
		}
		if wrong != "" {
			return nil, sortError(c.Name, i, s, wrong)
		}
		times[i] = m
	}
	return func(a, b int) int { return times[a].at.Compare(times[b].at) }, nil
}

// sortError returns the error for a text that has no place in the order of time.
func sortError(column string, row int, text, wrong string) error {
	return fmt.Errorf("data: row %d: the text %s of column %s %s, want dates such as 2024-05-01 to sort by",
		row, quoted(text), quoted(column), wrong)
}

// moment is a date, a time, or both.
type moment struct {
	at                  time.Time
	dated, timed, zoned bool
}

// momentOf returns the moment that a text names, or what is wrong with it.
func momentOf(s string) (m moment, wrong string) {
	d, is := dateOf(s)
	if !is {
		if m.at, m.zoned, m.timed = timeOf(s, time.Unix(0, 0).UTC()); m.timed && !m.zoned {
			return m, ""
		}
		return m, "is no full date"
	}
	year, month, day := d.a, d.b, d.c
	switch {
	case len(d.a) != 4 && d.separator != '.':
		return m, "may begin with the day or the month"
	case len(d.a) != 4:
		year, day = d.c, d.a
	}
	at, err := time.Parse("2006-1-2", year+"-"+month+"-"+day)
	if err != nil {
		return m, "is no day of the calendar"
	}
	m.at, m.dated = at, true
	if d.rest != "" {
		if m.at, m.zoned, m.timed = timeOf(d.rest[1:], at); !m.timed {
			return m, "has no time such as 9:30 behind its date"
		}
	}
	return m, ""
}

// timeOf returns a time such as 9:30, 09:30:00.5 or 09:30+02:00 on a day, and whether it has a zone.
func timeOf(s string, day time.Time) (at time.Time, zoned, is bool) {
	s = strings.Replace(s, ",", ".", 1) // of a fraction of seconds
	for _, layout := range []string{"15:4", "15:4:5", "15:4Z07:00", "15:4:5Z07:00", "15:4:5Z0700"} {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		_, offset := t.Zone()
		since := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute +
			time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
		return day.Add(since - time.Duration(offset)*time.Second), strings.Contains(layout, "Z"), true
	}
	return day, false, false
}

// sameShape returns an error unless all texts have the shape of the first.
func sameShape(texts []string, column string) error {
	want := shapeOfYear(texts[0])
	for i, s := range texts {
		if shapeOfYear(s) != want {
			return sortError(column, i, s, "has not the shape of "+strconv.Quote(texts[0])+" in row 0")
		}
	}
	return nil
}

// shapeOfYear returns a text that begins with a year, and is no full date, with 0 for each digit. It
// returns "" for other texts.
func shapeOfYear(s string) string {
	year, rest := digits(s)
	if _, is := dateOf(s); is || len(year) != 4 || rest == "" || !strings.ContainsAny(rest, "0123456789") {
		return ""
	}
	shape := []byte(s)
	for i, c := range shape {
		if '0' <= c && c <= '9' {
			shape[i] = '0'
		}
	}
	return string(shape)
}
