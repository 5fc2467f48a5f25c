package sagemaker

// maker makes the bodies that one user sends, in memory of its own.
type maker struct {
	cfg  *Config
	user int
	line []byte // as it was read
	text []byte // with its fields filled in
}

// body of request n, whose payload is i. It is valid until the next call.
func (m *maker) body(n uint64, i int) (body []byte, err error) {
	p := m.cfg.Payload
	if p.long == nil {
		body = p.bodies[i]
	} else if body, m.line, err = p.long.line(i, m.line); err != nil {
		return nil, err
	}
	if !p.facts.Fields || !hasFields(body) {
		return body, nil
	}
	m.text, err = fill(m.text[:0], body, &values{n: n, seed: m.cfg.Seed, user: m.user, line: p.number(i)})
	return m.text, err
}
