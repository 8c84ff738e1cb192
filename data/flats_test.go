package data

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write testdata/flats.csv")

// TestFlats compares testdata/flats.csv with its generator.
func TestFlats(t *testing.T) {
	want := flats(200)
	if *update {
		if err := os.WriteFile("testdata/flats.csv", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("testdata/flats.csv")
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("testdata/flats.csv differs from its generator (%v); go test -run TestFlats -update writes it", err)
	}
}

// flats returns a CSV file of invented sales of flats. The price follows from the other columns but
// for 6% of noise; some cells are missing. All is computed in integers, so that every machine
// writes the same file.
func flats(rows int) []byte {
	cities := []struct {
		name          string
		euros, weight int // a square metre; share of the rows
	}{{"Berlin", 5200, 30}, {"Cologne", 4900, 20}, {"Hamburg", 5900, 22}, {"Leipzig", 3100, 16}, {"Munich", 8900, 12}}
	r := rand.New(rand.NewChaCha8(streamKey("flats", 1, 0)))
	var days []int
	for range rows {
		days = append(days, r.IntN(720))
	}
	slices.Sort(days)
	start := time.Date(2023, 1, 2, 0, 0, 0, 0, time.UTC)
	missing := func(percent int, cell string) string {
		if r.IntN(100) < percent {
			return []string{"", "NA"}[r.IntN(2)]
		}
		return cell
	}
	lines := []string{}
	for _, day := range days {
		k, city := r.IntN(100), cities[0]
		for _, city = range cities {
			if k -= city.weight; k < 0 {
				break
			}
		}
		rooms := 1 + r.IntN(3) + r.IntN(3)
		area := 140 + 180*rooms + r.IntN(160) // tenths of a square metre
		year := 1900 + r.IntN(124)
		balcony := r.IntN(100) < 55
		perMille := 1000 + day/12 - (2023-year)*2 + r.IntN(121) - 60
		price := city.euros * area / 10 / 1000 * perMille
		if balcony {
			price += 14000
		}
		cells := []string{
			start.AddDate(0, 0, day).Format(time.DateOnly),
			missing(3, city.name),
			missing(6, fmt.Sprintf("%d.%d", area/10, area%10)),
			missing(5, fmt.Sprint(rooms)),
			missing(12, fmt.Sprint(year)),
			map[bool]string{true: "yes", false: "no"}[balcony],
			fmt.Sprint((price + 250) / 500 * 500),
		}
		lines = append(lines, strings.Join(cells, ","))
	}
	r.Shuffle(rows, func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	return []byte("date,city,area,rooms,built,balcony,price\n" + strings.Join(lines, "\n") + "\n")
}
