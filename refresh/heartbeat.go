package refresh

import (
	"context"
	"errors"
	"sync"
	"time"
)

// keepAlive renews the lease until stop is called. It cancels the returned context when the lease is lost or the run is cancelled; stop
// then returns the cause: [ErrFenced], [ErrCancelled] or the store's error.
func (run *run) keepAlive(ctx context.Context, ttl time.Duration) (context.Context, func() error) {
	ctx, cancel := context.WithCancelCause(ctx)
	id := run.refresh.ID // the rest of the refresh belongs to the goroutine of the steps
	ended := make(chan struct{})
	var beating sync.WaitGroup
	beating.Go(func() {
		tick := time.NewTicker(ttl / 4)
		defer tick.Stop()
		last := run.Now()
		for {
			select {
			case <-ended:
				return
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			err := run.renew(ctx, id, ttl)
			switch {
			case err == nil:
				last = run.Now()
				run.progress.beat()
			case errors.Is(err, ErrFenced), errors.Is(err, ErrCancelled), run.Now().Sub(last) >= ttl:
				cancel(err)
				return
			} // else: the store may be back before the lease runs out
		}
	})
	var once sync.Once
	return ctx, func() error {
		once.Do(func() { close(ended) })
		beating.Wait()
		cause := context.Cause(ctx)
		cancel(nil)
		return cause
	}
}

// renew prolongs the lease, and does not wait for a store that hangs until the lease has run out.
func (run *run) renew(ctx context.Context, id RunID, ttl time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, ttl/2)
	defer cancel()
	return run.Store.Renew(ctx, run.lease, id, ttl)
}

// progress tells the host how the run gets on.
type progress struct {
	mu      sync.Mutex
	tell    func(Event)
	now     func() time.Time
	stall   time.Duration
	event   Event     // the last one
	started time.Time // the step
	moved   time.Time // the last rows
}

func newProgress(r *Runner, id RunID) *progress {
	stall := r.Stall
	if stall <= 0 {
		stall = time.Minute
	}
	return &progress{tell: r.Progress, now: r.Now, stall: stall, event: Event{Run: id}}
}

func (p *progress) send(kind EventKind, change func(*Event)) {
	if p.tell == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.event.Kind, p.event.At, p.event.Message = kind, p.now(), ""
	change(&p.event)
	p.tell(p.event)
}

// step begins a step in which about all rows are to be handled.
func (p *progress) step(name string, all int64) {
	p.send(StepStarted, func(e *Event) {
		p.started, p.moved = e.At, e.At
		*e = Event{Run: e.Run, Kind: e.Kind, At: e.At, Step: name, All: Count{Of: all}}
	})
}

func (p *progress) finish() { p.send(StepFinished, func(e *Event) { e.ETA = 0 }) }

func (p *progress) warn(message string) { p.send(Warned, func(e *Event) { e.Message = message }) }

// table begins a table.
func (p *progress) table(name string, of int64) {
	p.send(Progressed, func(e *Event) { e.Table, e.Rows = name, Count{Of: of} })
}

// rows counts rows in.
func (p *progress) rows(rows, bytes int64) {
	p.send(Progressed, func(e *Event) {
		p.moved = e.At
		e.Rows.Done += rows
		e.All.Done += rows
		e.Bytes += bytes
		e.Rows.Of, e.All.Of = max(e.Rows.Of, e.Rows.Done), max(e.All.Of, e.All.Done)
		if passed := e.At.Sub(p.started); passed > 0 {
			e.Rate = float64(e.All.Done) / passed.Seconds()
		}
		if e.Rate > 0 {
			e.ETA = time.Duration(float64(e.All.Of-e.All.Done) / e.Rate * float64(time.Second))
		}
	})
}

// beat tells that the run is alive, or that no rows have moved for too long.
func (p *progress) beat() {
	p.send(Heartbeat, func(e *Event) {
		if e.All.Of > 0 && e.At.Sub(p.moved) >= p.stall {
			e.Kind = Stalled
		}
	})
}
