package plot

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

// fewPoints is how many points of a curve get a mark each.
const fewPoints = 25

// drawCurves draws curves so that none hides another: solid ones first, dashed ones over them, and
// where curves run over each other each in turn.
func drawCurves(p pen, f frame, curves []curve) {
	var ways [][][]vg.Point
	for _, c := range curves {
		ways = append(ways, c.ways(f))
	}
	turns, shared := together(curves, ways)
	alone := !slices.ContainsFunc(turns, func(t turn) bool { return t.of > 1 })
	for _, dashed := range []bool{false, true} {
		for i, c := range curves {
			if (c.dashes != nil) == dashed {
				for _, way := range ways[i] {
					p.line(c.stroke, way...)
				}
			}
		}
		for i, c := range curves {
			if (c.dashes != nil) == dashed && turns[i].of > 1 {
				c.drawTurns(p, ways[i], turns[i], shared[i])
			}
		}
		for i, c := range curves {
			if (c.dashes != nil) == dashed {
				c.drawPoints(p, ways[i], alone, turns[i].number)
				c.drawMissing(p, f)
			}
		}
	}
}

// ways returns the parts of a curve as points of the canvas.
func (c *curve) ways(f frame) [][]vg.Point {
	var all [][]vg.Point
	for _, part := range c.parts {
		way := make([]vg.Point, len(part))
		for i, v := range part {
			way[i] = f.point(v.x, v.y)
		}
		all = append(all, thin(way))
	}
	return all
}

// thin leaves of the points that follow each other within half a point of width the first, the
// lowest, the highest and the last, which look the same.
func thin(way []vg.Point) []vg.Point {
	const width, long = 0.5, 1000
	if len(way) <= long {
		return way
	}
	var some []vg.Point
	for i := 0; i < len(way); {
		n, lo, hi := i+1, i, i
		for ; n < len(way) && math.Abs(float64(way[n].X-way[i].X)) < width; n++ {
			if way[n].Y < way[lo].Y {
				lo = n
			}
			if way[n].Y > way[hi].Y {
				hi = n
			}
		}
		keep := []int{i, min(lo, hi), max(lo, hi), n - 1}
		for _, k := range slices.Compact(keep) {
			some = append(some, way[k])
		}
		i = n
	}
	return some
}

// drawPoints marks the points between which there is no line, by rings round each other where they
// share their place, and all points of a curve that has few of them if no curves share their place.
func (c *curve) drawPoints(p pen, ways [][]vg.Point, alone bool, number int) {
	points := 0
	for _, way := range ways {
		points += len(way)
	}
	for _, way := range ways {
		if len(way) > 1 && (points > fewPoints || !alone) {
			continue
		}
		for _, at := range way {
			switch {
			case number > 0:
				p.ring(stroke{color: c.color, width: 1}, at, 2+1.5*vg.Length(number))
			case c.hollow:
				p.ring(stroke{color: c.color, width: 1.2}, at, 3.2)
			default:
				p.disc(c.color, at, 2)
			}
		}
	}
}

// drawMissing sets crosses at the edges where values are missing, with room between them.
func (c *curve) drawMissing(p pen, f frame) {
	const apart = 6
	last := vg.Length(math.Inf(-1))
	for _, m := range c.missing {
		at := xy(f.atX(m.x), f.box.Max.Y)
		if m.y < 0 {
			at.Y = f.box.Min.Y
		}
		if math.Abs(float64(at.X-last)) >= apart {
			p.cross(c.color, at)
			last = at.X
		}
	}
}

// turn is the place of a curve among those that run over each other.
type turn struct{ number, of int }

// together finds the curves that run over each other somewhere, those with solid lines and those
// with dashed ones apart, and gives each its turn. It also returns the cells that a curve shares.
// Of very many curves it finds none.
func together(curves []curve, ways [][][]vg.Point) ([]turn, []map[cell]bool) {
	const most = 40 // curves; of more a turn would be too rare to be found
	turns, shared := make([]turn, len(curves)), make([]map[cell]bool, len(curves))
	if len(curves) > most {
		return turns, shared
	}
	cells := make([]map[cell]bool, len(curves))
	for i := range curves {
		cells[i], shared[i] = cellsOf(ways[i]), map[cell]bool{}
	}
	for _, dashed := range []bool{false, true} {
		var group []int
		for i := range curves {
			if (curves[i].dashes != nil) != dashed {
				continue
			}
			for j := range curves {
				if i != j && (curves[j].dashes != nil) == dashed {
					overlap(shared[i], cells[i], cells[j])
				}
			}
			if len(shared[i]) > 0 {
				turns[i].number = len(group)
				group = append(group, i)
			}
		}
		for _, i := range group {
			turns[i].of = len(group)
		}
	}
	return turns, shared
}

// cell is a square of one point.
type cell struct{ x, y int }

func cellAt(p vg.Point) cell {
	return cell{int(math.Floor(float64(p.X))), int(math.Floor(float64(p.Y)))}
}

// walk calls visit at places of a way that are at most one point apart.
func walk(way []vg.Point, visit func(at vg.Point, steep bool)) {
	for i, to := range way {
		from := to
		if i > 0 {
			from = way[i-1]
		}
		dx, dy := to.X-from.X, to.Y-from.Y
		steps := max(1, int(math.Ceil(math.Hypot(float64(dx), float64(dy)))))
		for k := range steps {
			part := vg.Length(k+1) / vg.Length(steps)
			visit(xy(from.X+part*dx, from.Y+part*dy), math.Abs(float64(dy)) > math.Abs(float64(dx)))
		}
	}
}

func cellsOf(ways [][]vg.Point) map[cell]bool {
	all := map[cell]bool{}
	for _, way := range ways {
		walk(way, func(at vg.Point, _ bool) { all[cellAt(at)] = true })
	}
	return all
}

// overlap adds to shared the cells of a that are in b or beside one of b, if they are more than
// a crossing of two lines has, or all of a.
func overlap(shared, a, b map[cell]bool) {
	const crossing = 16
	var both []cell
	for c := range a {
		for _, by := range []cell{{0, 0}, {1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
			if b[cell{c.x + by.x, c.y + by.y}] {
				both = append(both, c)
				break
			}
		}
	}
	if len(both) > crossing || len(both) == len(a) {
		for _, c := range both {
			shared[c] = true
		}
	}
}

// drawTurns draws a curve once more where it shares its place, in its turn. What decides is the
// place on the canvas, so that the turns of curves do not meet.
func (c *curve) drawTurns(p pen, ways [][]vg.Point, t turn, shared map[cell]bool) {
	const length = 5
	s := c.stroke
	s.dashes = nil
	for _, way := range ways {
		var piece []vg.Point
		end := func() {
			if len(piece) > 1 {
				p.line(s, piece...)
			}
			piece = nil
		}
		walk(way, func(at vg.Point, steep bool) {
			along := at.X
			if steep {
				along = at.Y
			}
			if shared[cellAt(at)] && int(math.Floor(float64(along/length)))%t.of == t.number {
				piece = append(piece, at)
			} else {
				end()
			}
		})
		end()
	}
}
