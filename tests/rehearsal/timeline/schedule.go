package timeline

import (
	"container/heap"
	"slices"
	"time"
)

// simulate is when each task is ready and when it starts if the engine has so many slots. The engine takes
// registrations in the order in which they come, hands each to a free worker, and looks at
// no other before it has: when all workers are busy, even a component has to wait. What
// is ready at the same moment comes in program order. What is chained waits for no worker.
func simulate(tasks []task, took []time.Duration, slots int) (ready, start []time.Duration) {
	ready, start = make([]time.Duration, len(tasks)), make([]time.Duration, len(tasks))
	waiting := make([]int, len(tasks))
	succs := successors(tasks)
	queued, running := &queue{}, &queue{}
	now := time.Duration(0)

	var begin, finish func(i int)
	arrive := func(i int) {
		ready[i] = now
		if tasks[i].node != barrier && !tasks[i].chained {
			heap.Push(queued, event{now, tasks[i].order, i})
			return
		}
		begin(i)
	}
	begin = func(i int) {
		if start[i] = now; took[i] == 0 {
			finish(i)
			return
		}
		heap.Push(running, event{now + took[i], tasks[i].order, i})
	}
	finish = func(i int) {
		for _, s := range succs[i] {
			if waiting[s]--; waiting[s] == 0 {
				arrive(s)
			}
		}
	}
	for i := range tasks {
		waiting[i] = len(tasks[i].preds)
	}
	for i := range tasks {
		if len(tasks[i].preds) == 0 {
			arrive(i)
		}
	}
	for {
		for queued.Len() > 0 && running.Len() < slots {
			begin(heap.Pop(queued).(event).task)
		}
		if running.Len() == 0 {
			return ready, start
		}
		for now = (*running)[0].at; running.Len() > 0 && (*running)[0].at == now; {
			finish(heap.Pop(running).(event).task)
		}
	}
}

// earliest is when each task starts if nothing but its predecessors holds it up, and when
// the last one ends.
func earliest(tasks []task, took []time.Duration) (start []time.Duration, total time.Duration) {
	start = make([]time.Duration, len(tasks))
	for i := range tasks {
		for _, p := range tasks[i].preds {
			start[i] = max(start[i], start[p]+took[p])
		}
		total = max(total, start[i]+took[i])
	}
	return start, total
}

// slack is by how much each task could take longer before the total does, if slots are
// no matter.
func slack(tasks []task, took, start []time.Duration, total time.Duration) []time.Duration {
	latest := make([]time.Duration, len(tasks)) // end
	for i := range latest {
		latest[i] = total
	}
	spare := make([]time.Duration, len(tasks))
	for i := len(tasks) - 1; i >= 0; i-- {
		spare[i] = latest[i] - took[i] - start[i]
		for _, p := range tasks[i].preds {
			latest[p] = min(latest[p], latest[i]-took[i])
		}
	}
	return spare
}

// criticalPath is a longest path, in order. Of several, it is the one whose tasks the
// program registers first, seen from the end.
func criticalPath(tasks []task, took, start []time.Duration, total time.Duration) []int {
	var path []int
	best := func(among func(func(int)), end time.Duration) int {
		found := -1
		among(func(i int) {
			if start[i]+took[i] == end && (found < 0 || tasks[i].order < tasks[found].order) {
				found = i
			}
		})
		return found
	}
	at := best(func(visit func(int)) {
		for i := range tasks {
			visit(i)
		}
	}, total)
	for at >= 0 {
		path = append(path, at)
		at = best(func(visit func(int)) {
			for _, p := range tasks[at].preds {
				visit(p)
			}
		}, start[at])
	}
	slices.Reverse(path)
	return path
}

func successors(tasks []task) [][]int {
	succs := make([][]int, len(tasks))
	for i := range tasks {
		for _, p := range tasks[i].preds {
			succs[p] = append(succs[p], i)
		}
	}
	return succs
}

// queue is a heap of events: the earliest first, then by order.
type queue []event

type event struct {
	at    time.Duration
	order int
	task  int
}

func (q queue) Len() int { return len(q) }

func (q queue) Less(i, j int) bool {
	a, b := q[i], q[j]
	if a.at != b.at {
		return a.at < b.at
	}
	if a.order != b.order {
		return a.order < b.order
	}
	return a.task < b.task
}

func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

func (q *queue) Push(x any) { *q = append(*q, x.(event)) }

func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
