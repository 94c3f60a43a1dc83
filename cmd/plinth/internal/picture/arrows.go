package picture

// arrow goes from what depends to what it depends on.
type arrow[T any] struct {
	from, to T
	// gone says that nothing of it is left.
	gone bool
}

// class is how it is drawn.
func (a arrow[T]) class() string {
	if a.gone {
		return "arrow gone"
	}
	return "arrow"
}

// join makes arrows of links between what the items are drawn as, which is nil if they are
// not. One end at least must change. What follows from other arrows has none of its own.
func join[T comparable](links []link, drawn func(*item) T, changes func(T) bool) []arrow[T] {
	var nothing T
	at := map[[2]T]int{}
	var arrows []arrow[T]
	for _, l := range links {
		from, to := drawn(l.from), drawn(l.to)
		if from == nothing || to == nothing || from == to || !changes(from) && !changes(to) {
			continue
		}
		pair := [2]T{from, to}
		if i, had := at[pair]; had {
			arrows[i].gone = arrows[i].gone && l.gone
			continue
		}
		at[pair] = len(arrows)
		arrows = append(arrows, arrow[T]{from, to, l.gone})
	}
	return direct(arrows)
}

// direct leaves out arrows that follow from others: the one from a to c, if there are a to b
// and b to c. One by one, so that in a circle enough are left.
func direct[T comparable](arrows []arrow[T]) []arrow[T] {
	next := map[T]map[T]bool{}
	for _, a := range arrows {
		if next[a.from] == nil {
			next[a.from] = map[T]bool{}
		}
		next[a.from][a.to] = !a.gone
	}
	var kept []arrow[T]
	for _, a := range arrows {
		if !a.gone {
			next[a.from][a.to] = false
			if reaches(next, a.from, a.to) {
				continue
			}
			next[a.from][a.to] = true
		}
		kept = append(kept, a)
	}
	return kept
}

// reaches says whether there is a way.
func reaches[T comparable](next map[T]map[T]bool, from, to T) bool {
	seen, open := map[T]bool{from: true}, []T{from}
	for len(open) > 0 {
		at := open[len(open)-1]
		open = open[:len(open)-1]
		for step, there := range next[at] {
			if !there || seen[step] {
				continue
			}
			if step == to {
				return true
			}
			seen[step] = true
			open = append(open, step)
		}
	}
	return false
}
