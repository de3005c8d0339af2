package source

// hashSet holds hashes of 64 bits in 11 to 16 bytes each, fewer than a map takes. It grows one part at a time, so that no
// more than a part is held twice.
type hashSet struct{ parts [256]hashPart }

// hashPart holds hashes that begin with the same byte, each in the first free place from that of its own on.
type hashPart struct {
	places []uint64 // 0: free
	n      int
}

// add adds a hash, and reports whether it is new.
func (s *hashSet) add(hash uint64) bool {
	part := &s.parts[hash>>56]
	if 4*(part.n+1) > 3*len(part.places) { // at most three quarters are taken
		part.grow()
	}
	place := part.find(hash)
	if *place == hash {
		return false
	}
	*place = hash
	part.n++
	return true
}

// find returns the place that holds a hash, or the free one for it.
func (p *hashPart) find(hash uint64) *uint64 {
	for i := int(hash & (1<<56 - 1) % uint64(len(p.places))); ; i = (i + 1) % len(p.places) {
		if place := &p.places[i]; *place == hash || *place == 0 {
			return place
		}
	}
}

func (p *hashPart) grow() {
	old := p.places
	p.places = make([]uint64, len(old)+len(old)/2+4)
	for _, hash := range old {
		if hash != 0 {
			*p.find(hash) = hash
		}
	}
}
