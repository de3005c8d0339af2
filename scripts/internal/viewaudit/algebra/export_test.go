package algebra

// Text returns the text of a relation's block, for the messages of tests.
func Text(r *Relation) string { return nameSources(r.Block, nil).block(r.Block) }
