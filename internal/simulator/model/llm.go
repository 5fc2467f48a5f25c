package model

import (
	"math"
	"math/rand/v2"
	"time"
)

// LLM generates text by continuous batching: in iterations, each of which takes Iteration + PerSequence for each sequence that
// decodes + PerPrefillToken for each token of a prompt that is read. A sequence joins the batch when one of its Batch places is free
// between iterations; until then it waits in the backlog. Prompts are read in the order of arrival, at most Chunk tokens of all of
// them in an iteration; with the last token of its prompt, and in every iteration after that, a sequence brings one token.
type LLM struct {
	Batch           int      `json:"batch"` // 0: no LLM
	Chunk           int      `json:"chunk"`
	Iteration       Duration `json:"iteration"`
	PerSequence     Duration `json:"per_sequence"`
	PerPrefillToken Duration `json:"per_prefill_token"`
	Prompt          Tokens   `json:"prompt"`
	Output          Tokens   `json:"output"`
}

// Tokens is a lognormal distribution of how many there are: Median x e^(Sigma N), at least one.
type Tokens struct {
	Median int     `json:"median"`
	Sigma  float64 `json:"sigma"`
}

func (k Tokens) sample(rng *rand.Rand) int {
	return int(min(max(math.Round(float64(k.Median)*math.Exp(k.Sigma*rng.NormFloat64())), 1), maxTokens))
}

// engine is the LLM of one instance. What an iteration does is settled when it starts, and when the next one starts depends on it
// alone: so an engine needs no timer, it is brought up to any time that somebody asks about.
type engine struct {
	waiting, running []*Generation // in the order of arrival
	end              time.Duration // of the iteration that runs, when anything does
}

// Generation is one sequence of an engine: the answer to one request as it comes.
type Generation struct {
	engine   *engine
	stream   bool
	arrived  time.Duration
	deadline time.Duration
	overhead time.Duration
	delay    time.Duration // from the model to the caller

	prompt, output int // tokens that are still to be read and to be made
	reads          int // tokens of the prompt that the iteration reads
	begun          bool
	tokens         fifo // when each one was made; those that the caller has not got
	ended          bool
	at             time.Duration // when it ended
	outcome        Outcome
}

func (e *engine) outstanding() int { return len(e.waiting) + len(e.running) }

// enter puts g in line at t.
func (e *engine) enter(v *Variant, in *instance, g *Generation, t time.Duration) {
	e.waiting = append(e.waiting, g)
	if len(e.running) == 0 {
		e.start(v, in, t)
	}
}

// advance runs the iterations that end until t.
func (e *engine) advance(v *Variant, in *instance, t time.Duration) {
	for len(e.running) > 0 && e.end <= t {
		e.finish(v, in)
		e.start(v, in, e.end)
	}
}

// start begins an iteration at t, if there is anything to do.
func (e *engine) start(v *Variant, in *instance, t time.Duration) {
	e.waiting, e.running = v.expire(in, e.waiting, t), v.expire(in, e.running, t)
	llm := &in.profile.LLM
	joins := min(llm.Batch-len(e.running), len(e.waiting))
	e.running = append(e.running, e.waiting[:joins]...)
	e.waiting = e.waiting[joins:]
	if len(e.running) == 0 {
		return
	}
	decode, left := 0, llm.Chunk
	for _, g := range e.running {
		g.reads = min(g.prompt, left)
		left -= g.reads
		if g.prompt == 0 {
			decode++
		}
	}
	in.settle(t)
	work := float64(llm.Iteration) + float64(llm.PerSequence)*float64(decode) + float64(llm.PerPrefillToken)*float64(llm.Chunk-left)
	e.end = in.through(t, time.Duration(min(work*in.pace(t), float64(longestWork))))
	v.meter.spend(in, t, e.end, load{busy: time.Duration(len(e.running)), active: 1, inside: time.Duration(e.outstanding())})
}

// finish gives every sequence what the iteration made for it.
func (e *engine) finish(v *Variant, in *instance) {
	rest := e.running[:0]
	for _, g := range e.running {
		if g.prompt -= g.reads; g.prompt == 0 {
			v.token(in, g, e.end)
		}
		if !g.ended {
			rest = append(rest, g)
		}
	}
	clear(e.running[len(rest):])
	e.running = rest
}

// token is one that g gets at t.
func (v *Variant) token(in *instance, g *Generation, t time.Duration) {
	g.tokens.push(t)
	g.output--
	if !g.begun {
		g.begun = true
		if g.stream {
			v.meter.begun(t+g.delay, t-g.arrived, g.overhead)
		}
	}
	if g.output == 0 {
		v.end(in, g, t, Served)
	}
}

// expire ends those whose time is over at t and returns the rest. It is looked at between iterations only.
func (v *Variant) expire(in *instance, all []*Generation, t time.Duration) []*Generation {
	rest := all[:0]
	for _, g := range all {
		if g.deadline <= t {
			v.end(in, g, t, TimedOut)
		} else {
			rest = append(rest, g)
		}
	}
	return rest
}

func (v *Variant) end(in *instance, g *Generation, t time.Duration, o Outcome) {
	g.ended, g.at, g.outcome = true, t, o
	if o == TimedOut && g.stream && g.begun {
		g.outcome = Broken
	}
	v.meter.answered(t+g.delay, in, Admission{Outcome: g.outcome, Model: t - g.arrived, Overhead: g.overhead, stream: g.stream}, len(v.serving))
}

// generate lets in answer a request that arrives at t.
func (v *Variant) generate(t time.Duration, in *instance, a *Admission, way time.Duration) {
	p := &v.profile
	limit := p.Timeout
	if a.stream {
		limit = p.StreamTimeout
	}
	a.Generation = &Generation{
		engine: in.engine, stream: a.stream, arrived: t, deadline: t + time.Duration(limit), overhead: a.Overhead, delay: a.Overhead + way,
		prompt: p.LLM.Prompt.sample(in.rng), output: p.LLM.Output.sample(in.rng),
	}
	in.engine.enter(v, in, a.Generation, t)
}

// Progress of a Generation.
type Progress struct {
	Tokens  int           // that came since the last time
	Ended   bool          // nothing more comes
	Outcome Outcome       // once it has ended
	Next    time.Duration // when to look again, until it has ended
}

// Progress is what the caller of g has got at t since it last looked.
func (v *Variant) Progress(g *Generation, t time.Duration) Progress {
	v.mu.Lock()
	defer v.mu.Unlock()
	t = v.advance(t)
	var p Progress
	for g.tokens.len() > 0 && g.tokens.first()+g.delay <= t {
		g.tokens.pop()
		p.Tokens++
	}
	switch {
	case g.tokens.len() > 0:
		p.Next = g.tokens.first() + g.delay
	case !g.ended:
		p.Next = g.engine.end + g.delay
	case g.at+g.delay > t:
		p.Next = g.at + g.delay
	default:
		p.Ended, p.Outcome = true, g.outcome
	}
	return p
}
