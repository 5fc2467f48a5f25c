package benchserver

// Mix says how often each Kind comes, as weights. Which request gets which is a function of the seed and the request's number, in
// the order in which the server read them: the same number of requests has the same number of each.
type Mix [NumKinds]uint32

func (m Mix) total() (sum uint64) {
	for _, weight := range m {
		sum += uint64(weight)
	}
	return sum
}

// pick is the Kind of request n. total is that of all weights.
func (m *Mix) pick(seed, n, total uint64) Kind {
	at := scramble(n^scramble(seed)) % total
	for k, weight := range m {
		if at < uint64(weight) {
			return Kind(k)
		}
		at -= uint64(weight)
	}
	return Success
}

// Expect is how often each Kind comes in the first n requests under seed.
func (m Mix) Expect(seed, n uint64) (kinds [NumKinds]uint64) {
	total := m.total()
	if total == 0 {
		kinds[Success] = n
		return kinds
	}
	for i := range n {
		kinds[m.pick(seed, i, total)]++
	}
	return kinds
}

// scramble is the finaliser of splitmix64 (Steele, Lea and Flood 2014).
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
